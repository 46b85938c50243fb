"""What watches a gateway: it ends the calls that a killed one left, and starts a fresh one.

It does nothing else, so it doesn't die of what gateways die of. If it is killed all the same, its
gateway takes no new calls and stops once the last one is over; the next supervisor waits for that.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

PR_SET_PDEATHSIG = 1
# Between two starts of a gateway that dies at once.
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 15.0
# One that has lived for so long didn't die of its start.
LIVED_SECONDS = 60.0
# It says so where its settings are wrong: another start would end as this one.
GIVES_UP = (1, 2)
LOOK_SECONDS = 0.2


def stop_with_parent(parent: int) -> None:
    """In a gateway: have this process told to stop (SIGTERM) when `parent` dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


class Supervisor:
    """Runs a gateway: `command` starts it, `hang_up` ends what it left; it holds `file` locked."""

    def __init__(self, command: list[str], hang_up: Callable[[], int], file: Path) -> None:
        self._command, self._hang_up, self._file = command, hang_up, file
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self) -> int:
        """Run gateways until told to stop (SIGTERM, SIGINT); return the code to exit with."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        pause = FIRST_PAUSE
        while self._wait_for_last():
            self._hang_up()
            began = time.monotonic()
            self._child = subprocess.Popen(self._command)
            # Told to stop between the two lines above: the signal found no gateway to pass it to.
            if self._stopping:
                self._child.terminate()
            code = self._child.wait()
            if self._stopping or code in (0, *GIVES_UP):
                self._hang_up()
                return max(code, 0)
            log.error("telephone.gateway_died", code=code)
            pause = FIRST_PAUSE if time.monotonic() - began > LIVED_SECONDS else pause * 2
            self._hang_up()
            self._rest(min(pause, LONGEST_PAUSE))
        return 0

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)

    def _wait_for_last(self) -> bool:
        told = False
        while not self._stopping:
            if not self._is_held():
                return True
            if not told:
                log.warning("telephone.waits_for_last_gateway")
            told = True
            self._rest(1.0)
        return False

    def _is_held(self) -> bool:
        with contextlib.suppress(FileNotFoundError), self._file.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
