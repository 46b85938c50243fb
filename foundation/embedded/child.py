"""A program that this process runs beside itself, and that never outlives it."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 10_000_000
POLL_SECONDS = 0.02


class ChildError(RuntimeError):
    """A program did not start; the message says what to do, or what the program said."""


@dataclass(frozen=True)
class Account:
    """The account a program runs as."""

    uid: int
    gid: int


class Child:
    """A running program.

    On Linux the kernel sends it SIGINT when the *thread* that started it ends, so it is started
    from a thread that lives as long as the process: the main one.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        account: Account | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = Path(command[0]).name
        self._log = log
        _rotate(log)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env=environment,
                # A Ctrl-C at the terminal reaches this process alone, which stops the child.
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - it only calls the kernel
                **as_account(account),
            )

    @property
    def running(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until `ready()`; return False if the program ended or the time did before."""
        end = time.monotonic() + seconds
        while self.running and time.monotonic() < end:
            if ready():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def last_words(self, size: int = 2000) -> str:
        """Return the end of what the program has logged."""
        return self._log.read_bytes()[-size:].decode(errors="replace")

    def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn, wait its seconds, and kill what is still there at the end."""
        for number, seconds in steps:
            if not self.running:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        if self.running:
            self._process.kill()
            self._process.wait()


class AsAccount(TypedDict, total=False):
    """The part of subprocess's arguments that says who a program runs as."""

    user: int
    group: int
    extra_groups: list[int]


def as_account(account: Account | None) -> AsAccount:
    """Return subprocess's arguments to run as `account`, with none of root's groups left."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def _die_with(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # before the fork: the child may not load anything

    def ask_for_signal() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return ask_for_signal


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
