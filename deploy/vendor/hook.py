"""The browser's libraries, exactly as `package-lock.json` names them, without Node.

Every build of the package (wheel, sdist, editable) runs this hook: each tarball comes from the npm registry, has to
match its sha512 from the lock file, and gives only the files that `package.json` lists under `vendor`. They land in
`crowd/static/vendor/<package>/`, which git ignores and the wheel carries. What is there already, unaltered, is not
fetched again, so that later builds work offline. The same hook compiles the translations of `crowd/locale/`.

By hand: `python deploy/vendor/hook.py` fetches, `python deploy/vendor/hook.py --check` says whether anything is missing
or stale. To take newer versions: `cd deploy/vendor && npm update --package-lock-only`.
"""

import argparse
import base64
import hashlib
import hmac
import io
import json
import os
import sys
import tarfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # by hand: only a build has hatchling
    BuildHookInterface = object

HERE = Path(__file__).resolve().parent
TARGET = Path("crowd", "static", "vendor")
RECEIPT = "receipt.json"  # what was put into a package's folder, and from which tarball
LARGEST_TARBALL = 64 * 1024 * 1024
LARGEST_FILE = 16 * 1024 * 1024
ATTEMPTS = 3


class VendorError(RuntimeError):
    """The libraries cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """One locked npm package and the files wanted from it (paths inside the tarball, below its top folder)."""

    name: str
    version: str
    integrity: str
    files: tuple[str, ...]

    def url(self, registry: str) -> str:
        """Return where the registry keeps the tarball; scoped names keep their scope in the folder only."""
        return f"{registry.rstrip('/')}/{self.name}/-/{self.name.rpartition('/')[2]}-{self.version}.tgz"


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Hatchling calls this before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's signature
        """Have every library and every catalogue of words in place, or stop the build."""
        fetch(root=Path(self.root))
        compile_words(root=Path(self.root))


def locked(folder: Path = HERE) -> list[Package]:
    """Return every package of the lock file that `package.json` takes files from."""
    wanted = json.loads((folder / "package.json").read_text())["vendor"]
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    packages = []
    for name, files in sorted(wanted.items()):
        entry = lock.get(f"node_modules/{name}")
        if entry is None or not entry.get("integrity", "").startswith("sha512-"):
            raise VendorError(f"{name} has no sha512 in package-lock.json; run npm install --package-lock-only.")
        packages.append(Package(name, entry["version"], entry["integrity"], tuple(files)))
    return packages


def fetch(*, root: Path) -> list[str]:
    """Put every missing or stale package in place; return the names of those that were fetched."""
    stale = [package for package in locked() if not current(package, root=root)]
    for package in stale:
        install(package, download(package, registry=registry()), root=root)
    return [package.name for package in stale]


def compile_words(*, root: Path) -> list[Path]:
    """Make the `.mo` files that Django reads of the translations' `.po` files, without the gettext programs."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 -- a build has Babel; --check needs none
    from babel.messages.pofile import read_po  # noqa: PLC0415

    made = []
    for source in sorted((root / "crowd" / "locale").glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        target = io.BytesIO()
        write_mo(target, catalogue)
        made.append(source.with_suffix(".mo"))
        made[-1].write_bytes(target.getvalue())
    return made


def current(package: Package, *, root: Path) -> bool:
    """Tell whether the package's files are there, come from the locked tarball and were not altered since."""
    folder = root / TARGET / package.name
    try:
        receipt = json.loads((folder / RECEIPT).read_text())
        present = {name: digest((folder / name).read_bytes()) for name in receipt["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return False
    wanted = {PurePosixPath(path).name for path in package.files}
    return bool(receipt["integrity"] == package.integrity and receipt["files"] == present and set(present) == wanted)


def registry() -> str:
    """Return the npm registry in force: the environment, the project's or the user's .npmrc, else npm's own."""
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        if os.environ.get(name):
            return os.environ[name]
    for file in (HERE / ".npmrc", Path(os.environ.get("NPM_CONFIG_USERCONFIG") or Path.home() / ".npmrc")):
        lines = file.read_text().splitlines() if file.is_file() else []
        for line in lines:
            key, _, value = line.partition("=")
            if key.strip() == "registry" and value.strip():
                return value.strip().strip("\"'")
    return "https://registry.npmjs.org/"


def download(package: Package, *, registry: str) -> bytes:
    """Return the tarball's bytes, proven to be the locked ones."""
    url = package.url(registry)
    if not url.startswith(("https://", "http://")):
        raise VendorError(f"The npm registry is {registry!r}; give an http(s) address in NPM_CONFIG_REGISTRY.")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # http(s), as judged above  # nosec B310
                data = answer.read(LARGEST_TARBALL + 1)
            break
        except OSError as fault:  # URLError and time-outs are OSErrors too
            final = isinstance(fault, urllib.error.HTTPError) and fault.code < 500
            if final or attempt == ATTEMPTS:
                raise VendorError(
                    f"{package.name} {package.version} cannot be fetched from {url}: {fault}. Building needs the npm "
                    "registry once; where it is not reachable, set NPM_CONFIG_REGISTRY to a mirror, or copy "
                    f"{TARGET.as_posix()}/ from a machine that has built before."
                ) from fault
            time.sleep(attempt)
    expected = package.integrity.removeprefix("sha512-")
    found = base64.b64encode(hashlib.sha512(data).digest()).decode()
    if not hmac.compare_digest(found, expected):
        raise VendorError(f"{url} is not what package-lock.json names: sha512 {found}, expected {expected}.")
    return data


def install(package: Package, tarball: bytes, *, root: Path) -> None:
    """Write the named files and, last, the receipt, so that a half-done folder counts as stale."""
    folder = root / TARGET / package.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECEIPT).unlink(missing_ok=True)
    digests = {}
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        # npm packs everything below one folder, mostly but not always called "package"
        members = {member.name.partition("/")[2]: member for member in archive if member.isfile()}
        for path in package.files:
            member = members.get(path)
            content = archive.extractfile(member) if member and member.size <= LARGEST_FILE else None
            if content is None:
                raise VendorError(f"{package.name} {package.version} has no file {path}; correct package.json.")
            data = content.read()
            name = PurePosixPath(path).name  # never the archive's own path: it could lead outside
            (folder / name).write_bytes(data)
            digests[name] = digest(data)
    receipt = {"version": package.version, "integrity": package.integrity, "files": digests}
    (folder / RECEIPT).write_text(json.dumps(receipt, indent=2, sort_keys=True) + "\n")


def digest(data: bytes) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def main() -> int:
    """Fetch, or with --check only tell; 0 when everything is in place."""
    parser = argparse.ArgumentParser(description="Fetch the browser's libraries into crowd/static/vendor/.")
    parser.add_argument("--check", action="store_true", help="fetch nothing; exit 1 if anything is missing or stale")
    arguments = parser.parse_args()
    root = HERE.parent.parent
    try:
        if not arguments.check:
            fetch(root=root)
            compile_words(root=root)
        stale = [package.name for package in locked() if not current(package, root=root)]
    except VendorError as fault:
        print(fault, file=sys.stderr)  # noqa: T201
        return 1
    for package in locked():
        print(f"{package.name} {package.version}: {'missing or stale' if package.name in stale else 'in place'}")  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
