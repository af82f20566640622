"""Secrets that must be read again lie sealed in the database: a copy of its rows alone opens none of them.

AES-256-GCM under a key made of `CROWD_SECRET_KEY` by HKDF, bound to what the secret is for. A sealed text names its
key by a few letters that tell nothing of it, so that what lies under an earlier one (`CROWD_SECRET_KEY_FALLBACKS`) is
found and sealed anew; see `crowd.workflow.upkeep.resealing`. What was written before there were seals is read as it is.
"""

import base64
import binascii
import functools
import logging
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK: Final = "s1:"
SECOND_FACTOR: Final = "secret of a second factor"
WEBHOOK: Final = "secret of a webhook"
MODEL_SERVER: Final = "secret of a model server"
NAME_LENGTH: Final = 6
NONCE: Final = 12
TAG: Final = 16
logger = logging.getLogger(__name__)


class Unreadable(ValueError):
    """A sealed text that no key we have opens, or that somebody has changed."""


def seal(text: str, *, purpose: str) -> str:
    """Return the text sealed under the present key; never twice the same."""
    nonce = os.urandom(NONCE)
    made = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), purpose.encode())
    return prefix() + base64.urlsafe_b64encode(nonce + made).decode().rstrip("=")


def unseal(text: str, *, purpose: str) -> str:
    """Return what was sealed for this purpose, and as it is what never was; Unreadable where no key opens it."""
    if not text.startswith(MARK):
        return text
    _, name, sealed = text.split(":", 2) if text.count(":") >= 2 else ("", "", "")
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        if _name(secret) == name:
            try:
                raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
                return AESGCM(_key(secret)).decrypt(raw[:NONCE], raw[NONCE:], purpose.encode()).decode()
            except (InvalidTag, ValueError, binascii.Error):
                break
    logger.error("A sealed %s cannot be opened: is CROWD_SECRET_KEY another one than it was?", purpose)
    raise Unreadable(f"This {purpose} cannot be opened with the keys that this server has.")


def prefix(secret: str = "") -> str:
    """Return what every text begins with that is sealed under the key of this secret, by default the present one."""
    return f"{MARK}{_name(secret or settings.SECRET_KEY)}:"


def room(length: int) -> int:
    """Return how many bytes fit, sealed, into so many characters."""
    return (length - len(MARK) - NAME_LENGTH - 1) * 3 // 4 - NONCE - TAG


@functools.lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"crowd: secrets in the database").derive(secret.encode())


@functools.lru_cache(maxsize=16)
def _name(secret: str) -> str:
    """Return what a key is called: of other bytes than the key itself, so that it gives away nothing of it."""
    raw = HKDF(SHA256(), NAME_LENGTH, salt=None, info=b"crowd: name of that key").derive(secret.encode())
    return base64.urlsafe_b64encode(raw).decode()[:NAME_LENGTH].replace("_", "x")
