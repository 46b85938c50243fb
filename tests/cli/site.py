"""A site that runs as a process of its own, as a newcomer starts it."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0


class Site:
    """`python -m cli …` with a free port; its lines are kept for the tests that fail."""

    def __init__(self, *words: str, **settings: str) -> None:
        named = {f"HITOTOKI_{name.upper()}": value for name, value in settings.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words, "--port", "0"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **named},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self._fresh: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.address = self._wait_for(r"is open at (http://\S+)")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._fresh.put(line)
        self._fresh.put(None)

    def _wait_for(self, pattern: str) -> str:
        end = time.monotonic() + START_SECONDS
        while (line := self._fresh.get(timeout=max(0.1, end - time.monotonic()))) is not None:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("it ended:\n" + "".join(self.lines))

    def get(self, path: str) -> tuple[int, str]:
        """Return a page's status and text."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Send a signal and return the seconds until the process has ended."""
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - begun

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
