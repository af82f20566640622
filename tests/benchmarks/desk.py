"""How long a reviewer waits: for the desk's page and data, and from a ruling to the next image in a browser.

    python -m tests.benchmarks.desk [--workers 10] [--objects 200] [--images 6] [--pixels 3000x2000] [--repeats 7]

It starts its own `up` on a fresh folder, fills it with conflicts and drives Chromium (CROWD_CHROMIUM, or the one on the
PATH). Milliseconds: the median, the slowest, and of what the server does its own CPU time.

page           The page as it is opened, with the first conflict's answers in it.
data           The same answers alone, as the page asks for them while another conflict is on the desk.
things         Which objects of all the answers are one thing, first and once it is known; the page does not wait.
first image    In a browser: from opening the page to the photograph on the screen, seconds.
next           From pressing the key of a ruling to the next photograph on the screen, the one behind it being loaded
               ahead. Sending the ruling is not part of it: it can be taken back for a few seconds.
script         Bytes of the desk's own modules, each compressed by gzip.
"""

import argparse
import gzip
import io
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import load_site
from tests.benchmarks.workbench import STATIC, photograph

SCHEMA: dict[str, Any] = {
    "classifications": [{"name": "scene", "kind": "single", "options": [{"name": "street"}, {"name": "field"}]}],
    "objects": [{"name": "car", "shape": "box"}, {"name": "cell", "shape": "polygon"}],
}
CORNERS = 12
PRESSED = """() => {
  addEventListener('keydown', () => { window.pressed_ = performance.now(); }, { once: true, capture: true });
}"""


def answer(worker: int, count: int, width: int, height: int) -> dict[str, Any]:
    """One worker's answer: boxes and polygons in turn, each a little off, some left out."""
    places = np.random.default_rng(1).uniform((100, 100, 30), (width - 300, height - 300, 150), (count, 3))
    rng = np.random.default_rng(100 + worker)
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    made: list[dict[str, Any]] = []
    for number, (x, y, size) in enumerate((places + rng.normal(0, 2, places.shape)).tolist()):
        if rng.random() < 0.05:
            continue
        if number % 2:
            made.append({"label": "car", "box": [round(x, 2), round(y, 2), round(size, 2), round(size, 2)]})
        else:
            ring = np.stack([x + size / 2 * (1 + np.cos(angles)), y + size / 2 * (1 + np.sin(angles))], axis=1)
            made.append({"label": "cell", "polygon": [(ring + rng.normal(0, 1, ring.shape)).round(2).tolist()]})
    return {"classifications": {"scene": ["street", "field"][worker % 2]}, "objects": made}


def fill(*, workers: int, objects: int, images: int, size: tuple[int, int]) -> tuple[Any, Any]:
    """A project of conflicts, and its reviewer."""
    from django.utils import timezone

    from crowd.workflow import importing
    from crowd.workflow.consensus import resolving
    from tests.factories import make

    owner = make.user("owner")
    wanted = {"overlap": workers, "max_overlap": workers, "confidence_target": 1.0}
    project = make.project(owner, schema=SCHEMA, **wanted)
    files = [(f"{seed}.jpg", io.BytesIO(photograph(*size, seed))) for seed in range(images)]
    importing.add_images(project=project, files=files, by=owner, now=timezone.now())
    for number in range(workers):
        worker = make.member(project)
        for _ in range(images):
            make.answer(project, worker, answer(number, objects, *size))
    for task in project.tasks.all():
        resolving.resolve(task_id=task.pk, now=timezone.now())
    return project, make.member(project, "reviewer")


def waited(ask: Callable[[], object], repeats: int) -> tuple[float, str]:
    """Milliseconds of the first time, and of the others in words."""
    times = []
    for _ in range(repeats + 1):
        began, busy = time.perf_counter(), time.process_time()
        ask()
        times.append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - busy)))
    half, cpu = np.median(times[1:], axis=0)
    return times[0][0], f"{half:6.0f} ms, the slowest {max(times[1:])[0]:.0f}, CPU {cpu:.0f}"


def on_server(project: Any, reviewer: Any, repeats: int) -> None:
    """Print what the server needs."""
    from django.test import Client

    client = Client()
    client.force_login(reviewer)
    at = f"/projects/{project.slug}/review/{project.tasks.order_by('pk')[0].pk}/"

    def get(path: str) -> int:
        found = client.get(path, HTTP_HOST="localhost")
        assert found.status_code == 200, (path, found.status_code)
        return len(found.content)

    for name, path in (("page", at), ("data", f"{at}data/"), ("things", f"{at}groups/")):
        size = get(path) if name == "page" else 0  # templates are read once a process
        first, told = waited(lambda path=path: get(path), repeats)  # type: ignore[misc]
        more = f", the first time {first:.0f}" if name == "things" else ""
        print(f"{name:14} {told}{more}{f' ({size / 1000:.0f} kB)' if size else ''}")


def shown(page: Page, *, after: str = "") -> tuple[str, float]:
    """Wait until another image than `after` is painted; return which one, and how long after the key it was."""
    expression = """(after) => {
      const desk = document.querySelector('#desk');
      const canvas = document.querySelector('.board canvas[data-layer=picture]');
      if (!desk?.dataset.shown || desk.dataset.shown === after || !canvas || canvas.width < 2) return null;
      const { data } = canvas.getContext('2d').getImageData(canvas.width / 2 - 8, canvas.height / 2 - 8, 16, 16);
      return data.some((value) => value) ? [desk.dataset.shown, performance.now() - (window.pressed_ ?? 0)] : null;
    }"""
    which, after_key = page.wait_for_function(expression, arg=after, polling="raf", timeout=120_000).json_value()
    return str(which), float(after_key)


def in_browser(page: Page, path: str, images: int) -> None:
    """Print what a reviewer waits for."""
    began = time.perf_counter()
    page.goto(path)
    seen, _ = shown(page)
    print(f"first image    {time.perf_counter() - began:6.2f} s")
    waits = []
    for _ in range(images - 1):
        page.wait_for_function("() => document.querySelector('#desk').dataset.ahead === 'there'", timeout=120_000)
        page.wait_for_timeout(500)
        page.evaluate(PRESSED)
        page.keyboard.press("c")
        seen, after_key = shown(page, after=seen)
        waits.append(after_key)
    print(f"next           {np.median(waits):6.0f} ms, the slowest {max(waits):.0f}")


def script_bytes() -> int:
    """Bytes of the desk's own modules, compressed."""
    ui = STATIC / "crowd" / "ui"
    files = [*ui.glob("desk*.js"), STATIC / "crowd/labels/rulings.js", STATIC / "crowd/geometry/spreads.js"]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("--workers", 10), ("--objects", 200), ("--images", 6), ("--repeats", 7)):
        parser.add_argument(name, type=int, default=usual)
    parser.add_argument("--pixels", default="3000x2000")
    asked = parser.parse_args()
    width, height = map(int, asked.pixels.split("x"))
    print(f"script         {script_bytes() / 1000:6.1f} kB compressed")
    with load_site.started() as site:
        project, reviewer = fill(
            workers=asked.workers, objects=asked.objects, images=asked.images, size=(width, height)
        )
        on_server(project, reviewer, asked.repeats)
        from django.conf import settings
        from django.test import Client

        client = Client()
        client.force_login(reviewer)
        name = settings.SESSION_COOKIE_NAME
        value = client.cookies[name].value
        first = project.tasks.order_by("pk")[0].pk
        with sync_playwright() as playwright:
            path = os.environ.get("CROWD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
            sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=path, args=sandbox)
            context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
            context.add_cookies([{"name": name, "value": value, "url": site.url}])
            in_browser(context.new_page(), f"/projects/{project.slug}/review/{first}/", asked.images)
            browser.close()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
