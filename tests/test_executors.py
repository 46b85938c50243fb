"""Nothing that may take long runs where files are opened: each kind of work has threads of its own.

The web server opens files in the loop's default pool. Six slow answers there, and no page has its
style any more.
"""

import ast
import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import passwords
from people.meeting import drawing
from tests.notify.mail_server import mail_server
from tests.notify.push_house import Phone, new_keys, open_house
from tests.notify.test_push_client import MESSAGE
from tests.notify.test_senders import send
from tests.test_house import parsed
from tests.web.casts.test_photos import file, picture
from tests.web.scene import PASSWORD, Browser, make_user
from web.app import make_app

# What takes the default pool, or makes one that nobody bounds.
UNBOUNDED = {"to_thread", "run_in_executor", "getaddrinfo", "getnameinfo", "ThreadPoolExecutor"}
UNBOUNDED |= {"ProcessPoolExecutor", "create_subprocess_exec", "create_subprocess_shell"}
# Where there are bounds, or what the pool is for. `public_addresses` runs in threads of its own.
BOUNDED = {
    ("foundation.threads", "ThreadPoolExecutor"),
    ("notify.public_hosts", "getaddrinfo"),
    ("people.meeting.drawing", "create_subprocess_exec"),
    # A job for each name that was changed, a minute at most.
    ("media.speech.voice", "create_subprocess_exec"),
    # One name, asked for once a minute, in the gateway's own process.
    ("telephone.trunk.addresses", "getaddrinfo"),
    # One start of the embedded database at a time, while there is none.
    ("foundation.embedded.revival", "to_thread"),
    # One file of a recording is finished at a time, in the media process; parts are counted.
    ("media.recording.files", "ThreadPoolExecutor"),
    # Likewise: what a killed process left behind, one file after the other.
    ("cli.talk_tapes", "to_thread"),
    # A folder of the operator's backups is looked at: what the pool is for, as each scrape does.
    ("web.api.metrics", "to_thread"),
    # One look at the site's own files and clock, by an operator's press or in the terminal.
    ("readiness.ground", "to_thread"),
    ("readiness.site", "to_thread"),
    # A file of the operator's: what the pool is for.
    ("web.api.domain_file", "to_thread"),
}
# They wait in the loop itself, or in whatever thread they are called.
BLOCKING = {
    "http.client", "urllib.request", "requests", "smtplib", "ftplib", "poplib", "imaplib",
    "telnetlib", "xmlrpc.client", "multiprocessing",
}  # fmt: skip


def test_nothing_takes_the_pool_in_which_files_are_opened() -> None:
    found = set()
    for module, tree in parsed().items():
        for node in ast.walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in UNBOUNDED:
                found.add((module, name))
    assert found == BOUNDED


def test_nothing_waits_in_a_client_that_blocks() -> None:
    found = set[tuple[str, str]]()
    for module, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.update((module, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found.add((module, node.module or ""))
    assert [one for one in found if one[1] in BLOCKING] == []


class Refusing(ThreadPoolExecutor):
    """A pool that takes no work, and notes what came."""

    def __init__(self) -> None:
        super().__init__(1)
        self.came: list[Any] = []

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Any:
        self.came.append(work)
        raise RuntimeError("nothing is to wait here")


@contextmanager
def no_default_pool() -> Iterator[None]:
    """Let nothing run in the loop's default pool while the block runs."""
    loop, refusing = asyncio.get_running_loop(), Refusing()
    loop.set_default_executor(refusing)
    try:
        yield
    finally:
        loop.set_default_executor(ThreadPoolExecutor(4))
    assert refusing.came == []


async def test_passwords_and_photos_have_rooms_of_their_own() -> None:
    with no_default_pool():
        assert await passwords.matches(await passwords.hash_password("abc"), "abc")
        assert (await drawing.make(file(picture()), 60)).width == 640


async def test_pushes_have(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.client() as client:
        with no_default_pool():
            device = Phone("a").subscription
            answer = await client.send(device, MESSAGE, new_keys(), "mailto:a@talk.example")
    assert answer.taken


async def test_mails_have() -> None:
    async with mail_server() as server:
        with no_default_pool():
            await send(server)
    assert len(server.taken) == 1


async def test_packing_has(aiohttp_client: Any, database: Database, settings: Settings) -> None:
    browser = Browser(await aiohttp_client(make_app(settings, database)))
    await browser.sign_in(await make_user(database), database)
    form = {"csrf": await browser.csrf(), "password": PASSWORD}
    with no_default_pool():
        answer = await browser.client.post("/settings/data", data=form)
        assert answer.status == 200
        assert (await answer.read())[:2] == b"PK"


def test_the_guard_itself_refuses() -> None:
    async def slip() -> None:
        with no_default_pool():
            await asyncio.to_thread(len, ())

    with pytest.raises(RuntimeError):
        asyncio.run(slip())
