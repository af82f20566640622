"""Feed every reader for as long as is asked: `python -m tests.fuzz [--seconds 600] [--seed WORD] [--only NAME]`.

A failure ends it with the seed that repeats it; a crash of the interpreter is told by the last seed in the file given
by `--note`.
"""

import argparse
import faulthandler
import os
import secrets
import time
from pathlib import Path
from random import Random

import django


def main() -> None:
    """Go on until the time is over or something breaks."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=float, default=600.0)
    asked.add_argument("--seed", default=secrets.token_hex(4))
    asked.add_argument("--only", default="")
    asked.add_argument("--note", type=Path, default=None)
    options = asked.parse_args()
    faulthandler.enable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crowd.settings")
    django.setup()
    from tests.fuzz.targets import TARGETS

    chosen = {name: target for name, target in TARGETS.items() if options.only in {"", name}}
    until, count = time.monotonic() + options.seconds, 0
    while time.monotonic() < until:
        for name, target in chosen.items():
            seed = f"{options.seed} {name} {count}"
            if options.note is not None:
                options.note.write_text(seed)
            try:
                target(Random(seed))
            except Exception as error:
                raise SystemExit(f"Random({seed!r}) breaks {name}: {type(error).__name__}: {error}") from error
        count += 1
    print(f"{count} rounds of {len(chosen)} readers, seed {options.seed}: nothing but refusals")


if __name__ == "__main__":
    main()
