"""How fast the workbench is in a browser: a large photograph, many shapes, and from one answer to the next image.

    python -m tests.benchmarks.workbench [--pixels 6000x4000] [--shapes 1000] [--images 6]

It starts its own `up` on a fresh folder and drives Chromium (CROWD_CHROMIUM, or the one on the PATH).

first image    From opening the page to the photograph on the screen.
next           From pressing the key to the next photograph on the screen, with the next one loaded ahead; half and the
               slowest. The worker may take the last answer back for a few seconds, so sending it is not part of this.
frames         Times between frames while the view is dragged and while it is zoomed, with all the shapes on the
               photograph: half, 95 % and 99 % were shorter. 16.7 ms is 60 frames a second. Chromium without a graphics
               card paints with the processor, on which everything else runs here too: a desk does better.
script         Bytes of all our modules and libraries, each compressed by gzip.
"""

import argparse
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import load_site

STATIC = Path(__file__).resolve().parents[2] / "crowd" / "static"
SCHEMA = {"objects": [{"name": "cell", "shape": "polygon"}, {"name": "car", "shape": "box"}]}
FRAMES = """() => {
  window.frames_ = []; window.counting_ = true;
  let last = performance.now();
  const step = (now) => {
    window.frames_.push(now - last);
    last = now;
    if (window.counting_) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}"""

# From the key to the second frame after the page takes input again: the first paints the photograph, then it is seen.
NEXT = """() => {
  window.next_ = new Promise((resolve) => {
    const onKey = ({ key, timeStamp }) => {
      if (key !== "Enter") return;
      window.removeEventListener("keydown", onKey, true);
      const button = document.querySelector("[data-part=submit]");
      const observer = new MutationObserver(() => {
        if (button.disabled) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame((now) => resolve(now - timeStamp)));
      });
      observer.observe(button, { attributeFilter: ["disabled"] });
    };
    window.addEventListener("keydown", onKey, true);
  });
}"""


def photograph(width: int, height: int, seed: int) -> bytes:
    """A JPEG with something everywhere."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(rng.integers(0, 255, (height // 40, width // 40, 3), dtype=np.uint8)).resize(
        (width, height)
    )
    draw = ImageDraw.Draw(image)
    for x, y, side in rng.integers((0, 0, 20), (width, height, 300), (300, 3)).tolist():
        draw.ellipse((x, y, x + side, y + side), fill=tuple(rng.integers(0, 255, 3).tolist()))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()


def shapes(count: int, width: int, height: int) -> dict[str, Any]:
    """An annotation of boxes and polygons of twelve corners, in turn."""
    rng = np.random.default_rng(1)
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    made: list[dict[str, Any]] = []
    for x, y, size in rng.uniform((200, 200, 20), (width - 200, height - 200, 150), (count, 3)).tolist():
        if len(made) % 2:
            made.append({"label": "car", "box": [x, y, size, size]})
        else:
            ring = np.stack([x + size * np.cos(angles), y + size * np.sin(angles)], axis=1).round(2).tolist()
            made.append({"label": "cell", "polygon": [ring]})
    return {"classifications": {}, "objects": made}


def token(folder: Path, name: str) -> str:
    """A user's token."""
    command = [sys.executable, "manage.py", "token", name, "--create", "--data", str(folder)]
    run = subprocess.run(command, cwd=STATIC.parents[1], capture_output=True, text=True, check=True)
    return run.stdout.split()[-1]


def fill(site: load_site.Site, *, width: int, height: int, count: int, images: int) -> str:
    """A project of photographs with proposals on each; returns its slug."""
    owner = httpx.Client(
        base_url=f"{site.url}/api/v1/",
        headers={"Authorization": f"Bearer {token(site.folder, 'owner')}"},
        timeout=120,
    )
    slug = str(owner.post("projects/", json={"name": "Bench", "gold_rate": 0}).raise_for_status().json()["slug"])
    at = f"projects/{slug}/"
    owner.post(f"{at}guidelines/", json={"body": "# Look", "schema": SCHEMA}).raise_for_status()
    owner.post(f"{at}guidelines/1/publish/", json={"impact": "clarification"}).raise_for_status()
    token(site.folder, "worker")
    owner.post(f"{at}members/", json={"username": "worker", "role": "worker"}).raise_for_status()
    for seed in range(images):
        name = f"{seed}.jpg"
        owner.post(f"{at}images/", files={"file": (name, photograph(width, height, seed))}).raise_for_status()
        row = {"image": name, "annotation": shapes(count, width, height), "model": "bench"}
        body = json.dumps(row).encode() + b"\n"
        kind = {"Content-Type": "application/x-ndjson"}
        owner.post(f"{at}prelabels/", content=body, headers=kind).raise_for_status()
    return slug


def session(folder: Path) -> tuple[str, str]:
    """The worker's cookie."""
    code = (
        "from crowd.models import User; from django.conf import settings as s; from django.test import Client\n"
        "c = Client(); c.force_login(User.objects.get(username='worker'))\n"
        "print('cookie', s.SESSION_COOKIE_NAME, c.cookies[s.SESSION_COOKIE_NAME].value)"
    )
    run = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=STATIC.parents[1],
        env={**os.environ, "CROWD_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    _, name, value = run.stdout.split()[-3:]
    return name, value


def painted(page: Page, *, after: str = "") -> str:
    """Wait until an image other than `after` is on the canvas; return which one it is."""
    expression = """(after) => {
      const canvas = document.querySelector('.board canvas[data-layer=picture]');
      const ready = document.querySelector('#workbench').dataset.state === 'labelling' && canvas && canvas.width > 1;
      if (!ready || document.querySelector('[data-part=submit]').disabled) return null;
      const { data } = canvas.getContext('2d').getImageData(canvas.width / 2 - 40, canvas.height / 2 - 40, 80, 80);
      const seen = Array.from(data).join();
      return data.some((value) => value) && seen !== after ? seen : null;
    }"""
    return str(page.wait_for_function(expression, arg=after, polling=16, timeout=120_000).json_value())


def frames(page: Page, move: Any) -> str:
    """The percentiles of the times between frames while the pointer does something."""
    page.evaluate(FRAMES)
    move()
    times = page.evaluate("() => { window.counting_ = false; return window.frames_.slice(2); }")
    half, most, nearly = np.percentile(times, [50, 95, 99])
    return f"{half:6.1f} {most:6.1f} {nearly:6.1f} ms in {len(times)} frames"


def drag(page: Page) -> None:
    """The view to and fro by the space bar."""
    page.keyboard.down("Space")
    page.mouse.move(640, 450)
    page.mouse.down()
    for step in range(150):
        page.mouse.move(640 + 160 * np.sin(step / 12), 450 + 110 * np.cos(step / 9))
    page.mouse.up()
    page.keyboard.up("Space")


def zoom(page: Page) -> None:
    """In and out."""
    for step in range(80):
        page.mouse.wheel(0, -60 if step % 40 < 20 else 60)


def script_bytes() -> int:
    """Bytes of script, compressed."""
    files = [*(STATIC / "crowd").rglob("*.js"), *(STATIC / "vendor").glob("uplot/*.js")]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def measure(page: Page, *, path: str, images: int) -> None:
    """Print it."""
    began = time.perf_counter()
    page.goto(path)
    seen = painted(page)
    print(f"first image   {time.perf_counter() - began:6.2f} s")
    page.wait_for_timeout(2000)  # the copies for the screen are made
    print(f"frames: pan   {frames(page, lambda: drag(page))}")
    page.keyboard.press("+")
    page.keyboard.press("+")
    print(f"pan, nearer   {frames(page, lambda: drag(page))}")
    print(f"frames: zoom  {frames(page, lambda: zoom(page))}")
    waits = []
    for _ in range(images - 2):
        page.wait_for_timeout(1500)
        page.evaluate(NEXT)
        page.keyboard.press("Control+Enter")
        waits.append(page.evaluate("() => window.next_"))
        seen = painted(page, after=seen)
    print(f"next          {np.median(waits):6.0f} ms, the slowest {max(waits):.0f} ms")


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pixels", default="6000x4000")
    parser.add_argument("--shapes", type=int, default=1000)
    parser.add_argument("--images", type=int, default=6)
    asked = parser.parse_args()
    width, height = map(int, asked.pixels.split("x"))
    print(f"script        {script_bytes() / 1000:6.1f} kB compressed")
    with load_site.started() as site, sync_playwright() as playwright:
        slug = fill(site, width=width, height=height, count=asked.shapes, images=asked.images)
        name, value = session(site.folder)
        path = os.environ.get("CROWD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
        context.add_cookies([{"name": name, "value": value, "url": site.url}])
        measure(context.new_page(), path=f"/projects/{slug}/label/", images=asked.images)
        browser.close()


if __name__ == "__main__":
    main()
