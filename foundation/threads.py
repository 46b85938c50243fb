"""Threads for work that would hold up the loop: few at once, and few that wait for their turn."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class CrowdedError(Exception):
    """As much work as may waits or is under way already."""


class Threads:
    """A pool that works on `at_once` pieces and takes in no more than `most` in all."""

    def __init__(self, name: str, at_once: int, most: int) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        # Of threads, since work that nobody waits for any more ends in its thread alone.
        self._places = threading.Semaphore(most)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, or raise what it raises. Raises CrowdedError.

        Cancelled while it waits for its turn, it is not begun; later it can't be stopped, and keeps
        its place until it is done.
        """
        if not self._places.acquire(blocking=False):
            raise CrowdedError
        begun = self._pool.submit(work)
        begun.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(begun)
