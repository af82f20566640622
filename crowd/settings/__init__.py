"""All settings; everything that differs between installations comes from the environment.

`DATABASE_URL`, `CROWD_BROKER_URL` and `CROWD_STORAGE_URL` name servers. Where one is missing, the embedded part of the
data folder (`CROWD_DATA_DIR`) stands in: `crowd up` hands its processes explicit URLs, and a command started beside it
finds the same ones in `<data folder>/parts.json`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from crowd import broker
from crowd.egress.addresses import Allowed
from crowd.embedded.folder import DataFolder
from crowd.errors import CrowdError
from crowd.settings.api import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401 -- Django reads them here
from crowd.settings.reading import flag, number, text, words
from crowd.storage.address import AddressError, browser_origin
from crowd.storage.sources import Sources

PACKAGE_DIR: Final = Path(__file__).resolve().parent.parent
BASE_DIR: Final = PACKAGE_DIR.parent


# --- where things are -------------------------------------------------------------------------------------------------

DATA_DIR: Final = Path(text("CROWD_DATA_DIR", ".crowd")).absolute()
_parts: Final[Mapping[str, str]] = DataFolder(DATA_DIR).addresses()

DATABASE_URL = text("DATABASE_URL") or _parts.get("DATABASE_URL", "")
BROKER_URL = text("CROWD_BROKER_URL") or _parts.get("CROWD_BROKER_URL", "")
STORAGE_URL = text("CROWD_STORAGE_URL") or (DATA_DIR / "objects").as_uri()

# --- secrets and hosts ------------------------------------------------------------------------------------------------

DEBUG = flag("CROWD_DEBUG")
TESTING = "pytest" in sys.modules
SECRET_KEY = text("CROWD_SECRET_KEY") or DataFolder(DATA_DIR).secret_key(
    # an installation with its own servers is production: it brings its own secret
    may_create=not text("DATABASE_URL") or TESTING
)
if len(SECRET_KEY) < 32 or any(word in SECRET_KEY.lower() for word in ("changeme", "change-me", "insecure")):
    raise ImproperlyConfigured(
        "CROWD_SECRET_KEY is missing, well known or shorter than 32 characters. Make one with: "
        "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
    )
SECRET_KEY_FALLBACKS = words("CROWD_SECRET_KEY_FALLBACKS")  # earlier ones; see deploy/security/secrets.md
ALLOWED_HOSTS = words("CROWD_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("CROWD_TRUSTED_ORIGINS")
HTTPS = flag("CROWD_HTTPS")
if HTTPS and (DEBUG or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "CROWD_HTTPS is for production. There CROWD_DEBUG shows strangers how things are made, and "
        "CROWD_ALLOWED_HOSTS=* lets them choose where links in mails lead."
    )
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|livez|readyz|metrics)$"]  # asked by machines behind the proxy
if HTTPS:  # with this name browsers take them from this host alone, over TLS, for all of it
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Django -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "crowd",
]
MIDDLEWARE = [
    "crowd.web.telemetry.TelemetryMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "crowd.web.static.StaticMiddleware",
    "crowd.web.middleware.PolicyMiddleware",
    "crowd.api.compression.AnswersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "crowd.web.language.LanguageMiddleware",
    "crowd.api.programs.ProgramsMiddleware",  # what comes after it is for browsers
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crowd.web.second_factor.SecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crowd.web.middleware.CrowdErrorMiddleware",
]
ROOT_URLCONF = "crowd.urls"
WSGI_APPLICATION = "crowd.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates", PACKAGE_DIR / "templates"],  # a checkout, a wheel
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["crowd.web.filters"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# How often a hand-written statement is sent before it is kept prepared, its plan with it. None by 0, for a pooler that
# hands connections from one transaction to the next.
PREPARE_THRESHOLD = number("CROWD_PREPARE_THRESHOLD", 3)
# A server that is gone without a word is noticed within half a minute, and notices as soon that we are: until then it
# holds what we had locked. Seconds, but for tcp_user_timeout's milliseconds; an address may say otherwise.
_WATCHED: Final = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
KEPT_ALIVE: Final = {"connect_timeout": 5, "tcp_user_timeout": 20_000, **_WATCHED}
SESSION: Final = {
    "plan_cache_mode": "force_generic_plan",
    "tcp_user_timeout": 20_000,
    **{f"tcp_{name}": seconds for name, seconds in _WATCHED.items()},
}
_database = dj_database_url.parse(
    # without any, Django still loads (--help and makemigrations work); the first query says what is wrong
    DATABASE_URL or "postgresql://nobody@/crowd?host=/nonexistent-start-crowd-up-or-set-DATABASE_URL",
    conn_max_age=60,
    conn_health_checks=True,
    engine="crowd.database",
)
_options = {**KEPT_ALIVE, **_database.get("OPTIONS", {})}
if PREPARE_THRESHOLD:
    _told = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    _told = f"{_told} {_options.get('options', '')}".strip()
    _options = {**_options, "prepare_threshold": PREPARE_THRESHOLD, "options": _told}
DATABASES = {"default": {**_database, "OPTIONS": _options}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "crowd.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        *("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator"),
        "NumericPasswordValidator",
    )
]
# the first for new ones; what is kept by the second, or at another cost, is hashed anew at the next sign-in
_HASHERS = ["crowd.web.hashers.Argon2Hasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"] if TESTING else _HASHERS
# attempts are counted, and codes known to be used, for all processes and machines together
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "crowd_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # beyond it counts that still run are thrown away
    }
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# An attempt counts as failed until its password was found right: a whole office may sign in from one address at once.
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "signup": "300/m/ip", "login_failed": "100/m/ip,5/5m/key"}
ACCOUNT_ADAPTER = "crowd.web.accounts.AccountAdapter"
# How many proxies of ours stand before the web server: attempts to sign in are counted by the address that the
# outermost of them saw; without one, by that of the connection. Nobody else's word is taken.
ALLAUTH_TRUSTED_PROXY_COUNT = number("CROWD_PROXIES", 1 if HTTPS else 0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "crowd"
MFA_ADAPTER = "crowd.web.accounts.MFAAdapter"
MFA_TOTP_TOLERANCE = 1  # a code of half a minute ago: clocks differ, and people type
MFA_ALLOW_UNVERIFIED_EMAIL = True
CROWD_REQUIRE_MFA = text("CROWD_REQUIRE_MFA")  # who must have a second factor: operators, owners (and operators), all
if CROWD_REQUIRE_MFA not in {"", "operators", "owners", "all"}:
    raise ImproperlyConfigured("CROWD_REQUIRE_MFA is operators, owners, all, or not set.")
EMAIL_BACKEND = text("CROWD_EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "crowd_language"
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = text("CROWD_STATIC_ROOT") or None  # none: files are served from where they lie
if STATIC_ROOT:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "crowd.web.static.Storage"},
    }
WHITENOISE_USE_FINDERS = not STATIC_ROOT
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Where images may be imported from: s3://bucket/prefix, https://host; see crowd.storage.sources. Empty: nowhere.
CROWD_IMPORT_SOURCES = words("CROWD_IMPORT_SOURCES")
_endpoint = text("AWS_ENDPOINT_URL_S3") or text("AWS_ENDPOINT_URL")
try:
    _sources = Sources.parse(CROWD_IMPORT_SOURCES, storage_url=STORAGE_URL, environment_endpoint=_endpoint)
except (AddressError, CrowdError) as _fault:
    raise ImproperlyConfigured(f"CROWD_IMPORT_SOURCES: {_fault}") from None

# One image at a time passes through memory; the rest of an upload is spooled to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF, *filter(None, [browser_origin(STORAGE_URL)])],  # files are put into the bucket
        "img-src": [SELF, "data:", "blob:", *filter(None, [browser_origin(STORAGE_URL)]), *_sources.origins()],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- jobs -------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0  # seconds for jobs under way; then their messages go back to the broker
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker outlives its broker's absence, however long
CELERY_BROKER_HEARTBEAT = broker.HEARTBEAT
# A worker whose cable was out comes back before RabbitMQ has missed it: an exclusive queue, still held by the dead
# connection, would end it for good. Durable, as RabbitMQ is to have no transient queue that several may use; it expires
# ten seconds after its worker. With Valkey nothing is locked.
CELERY_CONTROL_QUEUE_DURABLE = broker.is_amqp(CELERY_BROKER_URL)
CELERY_CONTROL_QUEUE_EXCLUSIVE = not CELERY_CONTROL_QUEUE_DURABLE
CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport(CELERY_BROKER_URL)
CELERY_BROKER_NATIVE_DELAYED_DELIVERY_QUEUE_TYPE = "classic"  # declared by Celery, used by none of our jobs
CELERY_TASK_QUEUES = broker.queues(CELERY_BROKER_URL)
CELERY_TASK_DEFAULT_QUEUE = CELERY_TASK_DEFAULT_ROUTING_KEY = broker.QUICK
CELERY_TASK_DEFAULT_EXCHANGE = "crowd"
CELERY_TASK_ROUTES = broker.ROUTES
CROWD_PUBLISHING = broker.publishing(CELERY_BROKER_URL)
# For how long tasks to be looked at are gathered into one message, as each message costs time; 0: not at all.
CROWD_GATHER_SECONDS = 0.0 if TESTING else 0.2
CELERY_BEAT_SCHEDULE = {
    "expire": {"task": "crowd.expire", "schedule": 15.0},
    "sweep": {"task": "crowd.sweep", "schedule": 15.0},
    "deliver_due": {"task": "crowd.deliver_due", "schedule": 2.0, "options": {"expires": 4}},
    "summarise": {"task": "crowd.summarise", "schedule": 5.0, "options": {"expires": 60}},
    "refit": {"task": "crowd.refit", "schedule": 60.0},
    "suspect": {"task": "crowd.suspect", "schedule": 120.0},
    "forget": {"task": "crowd.forget", "schedule": 600.0, "options": {"expires": 600}},
    "watch_gold": {"task": "crowd.watch_gold", "schedule": 120.0},
}

# --- limits that the operator rules -----------------------------------------------------------------------------------

CROWD_MAX_IMAGE_BYTES = number("CROWD_MAX_IMAGE_BYTES", 64 * 1024 * 1024)
CROWD_MAX_IMAGE_PIXELS = number("CROWD_MAX_IMAGE_PIXELS", 150_000_000)
CROWD_MAX_IMPORT_BYTES = number("CROWD_MAX_IMPORT_BYTES", 4 * 1024**3)  # of one manifest or archive
CROWD_SIGNED_URL_SECONDS = number("CROWD_SIGNED_URL_SECONDS", 3600)
# For how many days these are kept; 0: for ever.
CROWD_KEEP_KEYS_DAYS = number("CROWD_KEEP_KEYS_DAYS", 7)  # idempotency keys and the answers they were given
CROWD_KEEP_DELIVERIES_DAYS = number("CROWD_KEEP_DELIVERIES_DAYS", 30)  # what became of telling webhooks
CROWD_KEEP_DRAFTS_DAYS = number("CROWD_KEEP_DRAFTS_DAYS", 90)  # drafts whose lease ran out
CROWD_OPEN_SIGNUP = flag("CROWD_OPEN_SIGNUP")
# Requests a minute of one token or one signed-in user (anonymous: of one address); 0 is no limit. Counted in Redis.
CROWD_LIMITS = {
    "reads": number("CROWD_LIMIT_READS", 18_000),
    "writes": number("CROWD_LIMIT_WRITES", 18_000),
    "heavy": number("CROWD_LIMIT_HEAVY", 1_800),  # imports, releases, simulations
    "anonymous": number("CROWD_LIMIT_ANONYMOUS", 1_800),
}
CROWD_LIMITS_URL = text("CROWD_LIMITS_URL") or (
    BROKER_URL if BROKER_URL.startswith(("redis://", "rediss://", "unix://")) else ""
)
CROWD_METRICS_TOKEN = text("CROWD_METRICS_TOKEN")  # lets Prometheus read /metrics; without one, staff only
# What webhooks, imports by URL and model servers may call beyond the public internet: host names, addresses, networks.
CROWD_EGRESS_ALLOW: list[str] = words("CROWD_EGRESS_ALLOW")
try:
    Allowed.parse(CROWD_EGRESS_ALLOW)
except ValueError as _error:
    raise ImproperlyConfigured(f"CROWD_EGRESS_ALLOW: {_error}") from None
CROWD_SMART_URL = text("CROWD_SMART_URL")  # a model server that proposes outlines; without one GrabCut does


# --- what operators see -----------------------------------------------------------------------------------------------

# How often each process writes down what it has counted, and that it lives; 0: never.
CROWD_TELEMETRY_SECONDS = number("CROWD_TELEMETRY_SECONDS", 0 if TESTING else 10)
# Lines of JSON where other machines read them; words in a terminal (`crowd up` asks for them).
LOG_FORMAT = text("CROWD_LOG_FORMAT", "json" if text("DATABASE_URL") else "text")
if LOG_FORMAT not in {"json", "text"}:
    raise ImproperlyConfigured(f"CROWD_LOG_FORMAT is {LOG_FORMAT!r}; use json or text.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "crowd.telemetry.lines.Lines"}, "text": {"()": "crowd.telemetry.lines.Words"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": text("CROWD_LOG_LEVEL", "INFO")},
    # without handlers and levels of their own: everything is said once, in one form
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # refused requests have a line in crowd.requests
    },
}
