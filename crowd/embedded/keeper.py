"""One thread that starts the parts, watches them, starts again what dies, and stops them in order.

All of it happens in that thread, so nothing needs a lock, and the kernel's parent-death signal, which follows the
thread that started a process, comes exactly when nobody is left to care for the parts.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crowd.embedded import logs, orphans
from crowd.embedded.folder import DataFolder
from crowd.embedded.part import Part, Process, await_answer, stop

TICK = 0.1
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STEADY = 60.0  # seconds after which a part has proved itself, and its next death counts as the first


@dataclass
class Charge:
    """A part in our charge: its present process, and when to try again if that has died."""

    part: Part
    process: Process
    watch: logs.Watch
    deaths: int = 0
    due: float | None = field(default=None)


class Keeper:
    """Keeps waves of parts running: each part starts when the one before answers, each wave stops side by side."""

    def __init__(self, folder: DataFolder, waves: Sequence[Sequence[Part]], *, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._waves = waves
        self._say = say
        self._running: list[list[Charge]] = []
        self._started = threading.Event()
        self._stopping = threading.Event()
        self._ended = threading.Event()  # Thread.join() takes a thread for ended when a signal handler raises in it
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="keeper")

    def start(self) -> None:
        """Return when every part answers; raise PartError when one does not. Either way stop() comes after."""
        self._thread.start()
        self._started.wait()
        if self._fault:
            raise self._fault

    def wait(self) -> None:
        """Return when the keeper has given up, which only a fault makes it do; stop() then raises that."""
        self._ended.wait()

    def stop(self) -> None:
        """Return when every part has ended."""
        self._stopping.set()
        self._ended.wait()
        if self._fault:
            raise self._fault

    def _run(self) -> None:
        try:
            for wave in self._waves:
                if not self._stopping.is_set():
                    self._start_wave(wave)
            self._started.set()
            while not self._stopping.wait(TICK):
                self._look()
        except BaseException as fault:  # noqa: BLE001 -- raised again by start() or stop(), in the thread that asks
            self._fault = fault
        finally:
            try:
                self._stop_all()
            finally:
                self._started.set()
                self._ended.set()

    def _start_wave(self, wave: Sequence[Part]) -> None:
        charges: list[Charge] = []
        self._running.append(charges)
        for part in wave:
            logs.rotate(part.log)
            charges.append(Charge(part=part, process=Process(part), watch=logs.Watch(part.log)))
            self._record()
            await_answer(charges[-1].process, cancelled=self._stopping.is_set)
            if self._stopping.is_set():
                return
            charges[-1].watch = logs.Watch(part.log)  # the noise of starting is not worth anybody's attention
            if part.once:
                charges.pop()
                self._say(f"{part.name:<9} done")
            else:
                self._announce(charges[-1])

    def _announce(self, charge: Charge) -> None:
        self._say(f"{charge.part.name:<9} process {charge.process.pid:<7} {charge.part.address}")

    def _look(self) -> None:
        for charge in self._charges():
            for line in charge.watch.lines():
                self._say(f"{charge.part.name:<9} | {line}")
            logs.rotate(charge.part.log)
            if charge.due is None and not charge.process.alive():
                self._mourn(charge)
            elif charge.due is not None and time.monotonic() >= charge.due:
                charge.process = Process(charge.part)
                charge.due = None
                self._record()
                self._announce(charge)

    def _mourn(self, charge: Charge) -> None:
        if time.monotonic() - charge.process.started > STEADY:
            charge.deaths = 0
        pause = min(FIRST_PAUSE * 2**charge.deaths, LONGEST_PAUSE)
        charge.deaths += 1
        charge.due = time.monotonic() + pause
        self._say(
            f"{charge.part.name:<9} process {charge.process.pid} died ({charge.process.fate}); "
            f"starting it again in {pause:g} s. Its log: {charge.part.log}"
        )

    def _stop_all(self) -> None:
        for charges in reversed(self._running):
            stop([charge.process for charge in reversed(charges)])
        self._folder.record({})

    def _charges(self) -> list[Charge]:
        return [charge for charges in self._running for charge in charges]

    def _record(self) -> None:
        """Write down who our processes are, for a later run to recognise them should this one be killed."""
        self._folder.record({charge.part.name: orphans.identify(charge.process.pid) for charge in self._charges()})
