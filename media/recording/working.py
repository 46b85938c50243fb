"""The thread that works on all recordings of a process."""

import threading
import time
from typing import Protocol

# Packets are worked on together: waking up for each would cost more than the work.
STEP_SECONDS = 0.5


class Worked(Protocol):
    """Something that is worked on in steps until it says that it is over."""

    def work(self, now: float) -> bool: ...


class RecordingThread:
    """Works on each recording in turn, and lets the loop go first between two."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: list[Worked] = []
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()

    def add(self, one: Worked) -> None:
        """Work on one more from now on."""
        with self._lock:
            self._at_work.append(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for it for a moment."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ending.is_set():
            self._ending.wait(STEP_SECONDS)
            with self._lock:
                at_work = list(self._at_work)
            over = []
            for one in at_work:
                if one.work(time.time()):
                    over.append(one)
                # Gives the interpreter's lock to the loop, which carries packets.
                time.sleep(0)
            with self._lock:
                self._at_work = [one for one in self._at_work if one not in over]
