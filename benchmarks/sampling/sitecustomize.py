"""Samples what a process does, by its own CPU time, and tells it at the process's end.

Python reads this file by itself where its folder stands in PYTHONPATH; `SAMPLES` names the file to
which the table goes. SIGUSR1 forgets what was counted up to then.
"""

import atexit
import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.004
MOST_LINES = 70


class Samples:
    """Which function worked when the clock rang, and for whom. The clock is CPU time, not time."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.forget()

    def forget(self, *_: object) -> None:
        """Begin anew."""
        self._own: Counter[str] = Counter()
        self._total: Counter[str] = Counter()
        self._seen = 0

    def look(self, _: int, frame: FrameType | None) -> None:
        """Count where the main thread is."""
        self._seen += 1
        if frame is None:
            return
        self._own[_name(frame)] += 1
        callers = set()
        while frame is not None:
            callers.add(_name(frame))
            frame = frame.f_back
        self._total.update(callers)

    def tell(self) -> None:
        """Write the table."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        lines = [f"{self._seen} samples"]
        for title, counts in (("by itself", self._own), ("with what it calls", self._total)):
            lines.append(f"\n{title}")
            for name, count in counts.most_common(MOST_LINES):
                lines.append(f"{100 * count / max(1, self._seen):5.1f} %  {name}")
        self._target.write_text("\n".join(lines) + "\n", "utf-8")


def _name(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(code.co_filename.split('/')[-3:])}:{code.co_qualname}"


if target := os.environ.get("SAMPLES"):
    samples = Samples(Path(f"{target}.{os.getpid()}"))
    atexit.register(samples.tell)
    signal.signal(signal.SIGUSR1, samples.forget)
    signal.signal(signal.SIGPROF, samples.look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
