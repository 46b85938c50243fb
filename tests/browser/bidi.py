"""A Firefox of the tests' own, spoken to by WebDriver BiDi: as much of it as the tests need.

The protocol is https://w3c.github.io/webdriver-bidi/: commands and answers in JSON over a socket.
"""

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
START_SECONDS = 120
ANSWER_SECONDS = 120
STOP_SECONDS = 30

PREFERENCES: dict[str, bool | int | str] = {
    # A moving picture and a tone instead of devices, and no question before them.
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    # Names that only mDNS knows reach nobody where there is no mDNS.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "intl.accept_languages": "ja",
    "media.volume_scale": "0.0",
    # It fetches and tells nothing by itself.
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class RefusedError(Exception):
    """Firefox answered a command with an error."""


@dataclass
class Firefox:
    """A session with a running Firefox and its one window; `problems` are scripts that broke."""

    socket: ClientWebSocketResponse
    window: str = ""
    problems: list[str] = field(default_factory=list)
    _asked: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _last: int = 0

    async def begin(self) -> None:
        """Open the session and find the window."""
        await self.ask("session.new", capabilities={})
        await self.ask("session.subscribe", events=["log.entryAdded"])
        tree = await self.ask("browsingContext.getTree")
        self.window = tree["contexts"][0]["context"]

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Send a command and return its result. Raises RefusedError or TimeoutError."""
        self._last += 1
        number = self._last
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            await self.socket.send_json({"id": number, "method": method, "params": params})
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        finally:
            del self._asked[number]

    async def listen(self) -> None:
        """Take answers and events until the socket closes."""
        async for message in self.socket:
            told = json.loads(message.data)
            answer = self._asked.get(told.get("id") or 0)
            if told["type"] == "event":
                self._hear(told["params"])
            elif answer is None or answer.done():
                continue
            elif told["type"] == "error":
                answer.set_exception(RefusedError(f"{told['error']}: {told['message']}"))
            else:
                answer.set_result(told["result"])

    def _hear(self, entry: dict[str, Any]) -> None:
        if entry.get("type") == "javascript" and entry.get("level") == "error":
            self.problems.append(str(entry.get("text")))

    async def go(self, url: str) -> None:
        """Open a page and wait until it is complete."""
        await self.ask("browsingContext.navigate", context=self.window, url=url, wait="complete")

    async def value(self, expression: str) -> Any:
        """Return what an expression is in the page, once it is there; JSON can say it."""
        found = await self._evaluate(
            f"(async () => JSON.stringify((await {expression}) ?? null))()"
        )
        return json.loads(found["value"])

    async def until(self, expression: str, seconds: float) -> None:
        """Wait until an expression holds in the page, also in the one that follows it."""
        async with asyncio.timeout(seconds):
            while not await self._holds(expression):
                await asyncio.sleep(0.2)

    async def _holds(self, expression: str) -> bool:
        # A page that is just leaving answers nothing.
        with contextlib.suppress(RefusedError):
            return bool(await self.value(f"!!({expression})"))
        return False

    async def click(self, element: str, seconds: float = 60) -> None:
        """Press what an expression finds, with a pointer, as soon as it can be seen and pressed."""
        await self.until(f"(each => each?.checkVisibility() && !each.disabled)({element})", seconds)
        node = await self._evaluate(
            f"(each => {{ each.scrollIntoView({{ block: 'center' }}); return each; }})({element})"
        )
        there = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        moves = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": there},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "actions": moves}
        await self.ask("input.performActions", context=self.window, actions=[pointer])

    async def _evaluate(self, expression: str) -> dict[str, Any]:
        answer = await self.ask(
            "script.evaluate",
            expression=expression,
            target={"context": self.window},
            awaitPromise=True,
        )
        if answer["type"] == "exception":
            raise RefusedError(answer["exceptionDetails"]["text"])
        result: dict[str, Any] = answer["result"]
        return result


@contextlib.asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """A Firefox that knows nothing, with its profile in a folder; it is ended at the end."""
    assert FIREFOX
    folder.mkdir()
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in PREFERENCES.items()]
    (folder / "user.js").write_text("".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(FIREFOX, "--headless", "--no-remote", "--profile", str(folder)),
        "--remote-debugging-port=0",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with ClientSession() as http, http.ws_connect(await _heard(process)) as socket:
            session = Firefox(socket)
            async with _listening(session, process):
                await session.begin()
                yield session
    finally:
        await _end(process)


async def _heard(process: asyncio.subprocess.Process) -> str:
    """Where a Firefox says that it listens."""
    assert process.stderr
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stderr:
            if found := re.search(rb"BiDi listening on (ws://\S+)", line):
                return f"{found[1].decode()}/session"
    raise RuntimeError("Firefox ended.")


@contextlib.asynccontextmanager
async def _listening(session: Firefox, process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    assert process.stderr
    # What it goes on to say must be taken, or it waits for that.
    tasks = [asyncio.create_task(session.listen()), asyncio.create_task(_read(process.stderr))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(said: asyncio.StreamReader) -> None:
    while await said.read(65536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
