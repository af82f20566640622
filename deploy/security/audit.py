"""Known faults of what we depend on: `python deploy/security/audit.py`; needs pip-audit, and PyPI's list of faults.

Ends with 1 where a pinned release has a known fault. Where the list cannot be asked, as behind a mirror that serves
packages alone, it says so and ends with 0: that nothing was looked at must not look like that nothing was found.
"""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent.parent / "requirements.lock"
SECONDS = 300


def main() -> int:
    """Ask, and say what was found, or that nobody answered."""
    command = [sys.executable, "-m", "pip_audit", "-r", str(LOCK), "--no-deps", "--disable-pip", "-f", "json"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603 -- ours
        asked = json.loads(ran.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError) as fault:
        told(f"NOT AUDITED: the list of known faults could not be asked ({type(fault).__name__}).")
        return 0
    skipped = [one for one in asked if "skip_reason" in one]
    faults = [(one["name"], one["version"], fault["id"]) for one in asked for fault in one.get("vulns", ())]
    for name, version, fault in faults:
        told(f"{name} {version}: {fault}")
    if skipped:
        told(f"NOT AUDITED: {len(skipped)} of {len(asked)} packages, of which nothing could be learnt here.")
    told(f"{len(asked) - len(skipped)} packages audited, {len(faults)} known faults.")
    return 1 if faults else 0


def told(line: str) -> None:
    """Write a line."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
