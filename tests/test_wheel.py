"""The package as people install it, and the browser's libraries that travel inside."""

import base64
import hashlib
import http.server
import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hook", ROOT / "deploy" / "vendor" / "hook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hook"] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules["hook"]


def tarball(**files: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


TARBALL = tarball(**{"package/dist/a.js": b"let a", "package/LICENSE": b"MIT", "package/other.js": b"no"})


@pytest.fixture
def package(hook):
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode()
    return hook.Package("@scope/a", "1.2.3", integrity, ("dist/a.js", "LICENSE"))


@pytest.fixture
def registry() -> Iterator[str]:
    """A registry that has one tarball, whole at one path and altered at another."""

    class Registry(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/@scope/a/-/a-1.2.3.tgz": TARBALL, "/altered/@scope/a/-/a-1.2.3.tgz": TARBALL + b"x"}.get(
                self.path
            )
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_only_the_named_files_are_taken(hook, package, registry, tmp_path):
    assert not hook.current(package, root=tmp_path)

    hook.install(package, hook.download(package, registry=registry), root=tmp_path)

    folder = tmp_path / "crowd" / "static" / "vendor" / "@scope" / "a"
    assert sorted(path.name for path in folder.iterdir()) == ["LICENSE", "a.js", "receipt.json"]
    assert (folder / "a.js").read_bytes() == b"let a"
    assert hook.current(package, root=tmp_path)


def test_a_library_that_was_altered_lost_or_updated_is_stale(hook, package, tmp_path):
    hook.install(package, TARBALL, root=tmp_path)
    script = tmp_path / "crowd" / "static" / "vendor" / "@scope" / "a" / "a.js"

    script.write_bytes(b"let b")
    assert not hook.current(package, root=tmp_path)
    hook.install(package, TARBALL, root=tmp_path)
    assert hook.current(package, root=tmp_path)
    script.unlink()
    assert not hook.current(package, root=tmp_path)
    hook.install(package, TARBALL, root=tmp_path)
    newer = hook.Package(package.name, "1.2.4", "sha512-other", package.files)
    assert not hook.current(newer, root=tmp_path)


def test_a_tarball_that_is_not_the_locked_one_is_refused(hook, package, registry):
    with pytest.raises(hook.VendorError, match=r"is not what package-lock\.json names"):
        hook.download(package, registry=f"{registry}/altered")


def test_an_unknown_version_is_told_at_once(hook, package, registry):
    with pytest.raises(hook.VendorError, match=r"cannot be fetched from .*404"):
        hook.download(package, registry=f"{registry}/nowhere")


def test_without_a_network_one_is_told_what_to_do(hook, package, monkeypatch):
    monkeypatch.setattr(hook.time, "sleep", lambda _: None)
    with pytest.raises(hook.VendorError, match="set NPM_CONFIG_REGISTRY to a mirror, or copy crowd/static/vendor/"):
        hook.download(package, registry="http://127.0.0.1:9")


@pytest.mark.parametrize("registry", ["file:///etc", "ftp://host", ""])
def test_a_registry_is_an_http_address(hook, package, registry):
    with pytest.raises(hook.VendorError, match=r"give an http\(s\) address"):
        hook.download(package, registry=registry)


def test_no_path_of_an_archive_leads_outside(hook, tmp_path):
    hostile = tarball(**{"package/../../../../evil.js": b"x", "package/LICENSE": b"MIT"})
    package = hook.Package("a", "1", "sha512-x", ("../../../../evil.js", "LICENSE"))

    hook.install(package, hostile, root=tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("evil.js")] == [
        "crowd/static/vendor/a/evil.js"
    ]


def test_a_link_in_an_archive_is_no_file(hook, tmp_path):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        link = tarfile.TarInfo("package/LICENSE")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)

    with pytest.raises(hook.VendorError, match="has no file LICENSE"):
        hook.install(hook.Package("a", "1", "sha512-x", ("LICENSE",)), target.getvalue(), root=tmp_path)


def test_the_registry_is_npms_unless_told_otherwise(hook, monkeypatch, tmp_path):
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / ".npmrc"))
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
    assert hook.registry() == "https://registry.npmjs.org/"
    (tmp_path / ".npmrc").write_text("fund=false\nregistry = https://mirror.example/npm/\n")
    assert hook.registry() == "https://mirror.example/npm/"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://other.example/")
    assert hook.registry() == "https://other.example/"


def test_every_library_is_locked_by_its_hash_and_in_place(hook):
    assert {package.name for package in hook.locked()} == {"uplot"}
    command = [sys.executable, ROOT / "deploy" / "vendor" / "hook.py", "--check"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.slow
def test_the_wheel_carries_all_that_a_browser_needs_and_runs(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    (wheel,) = tmp_path.glob("crowd-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "installed")

    shipped = {"crowd/static": "crowd/static", "templates": "crowd/templates", "crowd/migrations": "crowd/migrations"}
    for source, place in shipped.items():
        expected = {
            f"{place}/{path.relative_to(ROOT / source).as_posix()}"
            for path in (ROOT / source).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert expected
        assert expected <= names
    assert {"crowd/static/vendor/uplot/uPlot.iife.min.js", "crowd/static/vendor/uplot/LICENSE"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "deploy/")) or ".crowd" in name]
    command = "import crowd; print(crowd.__file__); from crowd.management.entry import main; main()"
    shown = subprocess.run(
        [sys.executable, "-P", "-c", command, "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed"), "CROWD_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.splitlines()[0] == str(tmp_path / "installed" / "crowd" / "__init__.py")
    assert "[crowd]" in shown
