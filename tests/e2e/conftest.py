"""A real browser against a real server.

Every page is watched: no script error and no breach of the policy goes unseen.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from crowd.celery import app
from crowd.models import User

# Playwright runs its own event loop in this thread; the tests still ask the database in plain calls.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = os.environ.get("CROWD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
WATCH = """
addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));
"""
DESKTOP = {"width": 1280, "height": 800}
QUIET = 0.15
PATIENCE = 30_000  # milliseconds; a machine under load opens a page in ten seconds
expect.set_options(timeout=PATIENCE)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="package")  # its event loop must not go on under the tests of other rooms
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed; put it on the PATH or name it by CROWD_CHROMIUM")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture
def site(transactional_db: None, live_server: Any) -> Iterator[str]:
    """The address of the server; jobs run where they are sent."""
    before = app.conf.task_always_eager, app.conf.task_eager_propagates
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    with served() as wait:
        yield live_server.url
        wait()
    app.conf.task_always_eager, app.conf.task_eager_propagates = before


@contextmanager
def served() -> Iterator[Callable[[], None]]:
    """Count the requests under way; what is given waits until there have been none for a while.

    The browser forgets a request that it gave up, the server does not: the tables must not be emptied under it.
    """
    lock, counts = threading.Lock(), {"began": 0, "ended": 0}

    def count(name: str) -> Callable[..., None]:
        def receive(**_: object) -> None:
            with lock:
                counts[name] += 1

        return receive

    began, ended = count("began"), count("ended")
    request_started.connect(began)
    request_finished.connect(ended)

    def wait() -> None:
        quiet, deadline = time.monotonic(), time.monotonic() + 10
        while time.monotonic() < min(quiet + QUIET, deadline):
            if counts["began"] > counts["ended"]:
                quiet = time.monotonic()
            time.sleep(0.01)

    yield wait
    request_started.disconnect(began)
    request_finished.disconnect(ended)


@pytest.fixture
def expected_errors() -> list[str]:
    """Parts of console messages that a test provokes on purpose."""
    return []


@pytest.fixture
def visit(chromium: Browser, site: str, expected_errors: list[str]) -> Iterator[Visit]:
    """Open a page as a user, signed in; nothing unexpected may be on its console at the end."""
    contexts: list[BrowserContext] = []
    seen: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: seen.append(f"script: {error}"))
        page.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)

    def open_(user: User | None, path: str, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": DESKTOP, "base_url": site, **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(WATCH)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
        page = context.new_page()
        watch(page)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.set_offline(False)
        for page in context.pages:
            page.goto("about:blank")  # the server must not be asked any more when the database is taken away
        context.close()
    assert [line for line in seen if not any(part in line for part in expected_errors)] == []
