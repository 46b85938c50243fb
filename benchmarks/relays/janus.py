"""Janus' video call, spoken with over its HTTP interface."""

import asyncio
import secrets
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiortc.sdp import SessionDescription

from tests.media.relay.peer import Peer

JANUS = shutil.which("janus")
PLUGINS = next(Path("/usr/lib").glob("*/janus/plugins"), None)
SECONDS = 20


class Call:
    """One of a call's two, as Janus knows them."""

    def __init__(self, client: aiohttp.ClientSession, base: str, name: str) -> None:
        self._client, self._base, self._name = client, base, name
        self._path = ""

    async def _post(self, path: str, **said: Any) -> dict[str, Any]:
        said["transaction"] = secrets.token_hex(8)
        async with self._client.post(f"{self._base}{path}", json=said) as answer:
            told: dict[str, Any] = await answer.json()
        if told["janus"] == "error":
            raise RuntimeError(f"Janus: {told['error']}")
        return told

    async def begin(self) -> None:
        """Register under the name."""
        session = f"/{(await self._post('', janus='create'))['data']['id']}"
        handle = await self._post(session, janus="attach", plugin="janus.plugin.videocall")
        self._session, self._path = session, f"{session}/{handle['data']['id']}"
        await self.say(request="register", username=self._name)
        await self.hear("registered")

    async def say(self, sdp: tuple[str, str] | None = None, **body: Any) -> None:
        """Say something, with a description."""
        jsep = {"jsep": {"type": sdp[0], "sdp": sdp[1], "trickle": False}} if sdp else {}
        await self._post(self._path, janus="message", body=body, **jsep)

    async def hear(self, event: str) -> str:
        """Wait for an event and return the description that came with it."""
        async with asyncio.timeout(SECONDS):
            while True:
                async with self._client.get(f"{self._base}{self._session}?maxev=1") as answer:
                    told = await answer.json()
                data = told.get("plugindata", {}).get("data", {})
                if "error" in data:
                    raise RuntimeError(f"Janus: {data}")
                if data.get("result", {}).get("event") == event:
                    return str(told.get("jsep", {}).get("sdp", ""))


async def meet(
    client: aiohttp.ClientSession, base: str, one: Peer, other: Peer
) -> tuple[Call, Call]:
    """Let one peer call the other; return how Janus knows them."""
    names = [secrets.token_hex(6) for _ in range(2)]
    calls = Call(client, base, names[0]), Call(client, base, names[1])
    for call in calls:
        await call.begin()
    await calls[0].say(("offer", await one.offer()), request="call", username=names[1])
    offer = await calls[1].hear("incomingcall")
    await calls[1].say(("answer", await answer(other, offer)), request="accept")
    accepted, joined = calls[0].hear("accepted"), asyncio.create_task(join(other, offer))
    await one.accept(await accepted)
    await joined
    return calls


async def answer(peer: Peer, offer: str) -> str:
    """Answer an offer of Janus', whose lines are those of the peer that offered to it."""
    sdp = (await peer.offer()).replace("a=setup:actpass", "a=setup:active")
    mids = [media.rtp.muxId for media in SessionDescription.parse(offer).media]
    sdp = sdp.replace("BUNDLE 0 1", f"BUNDLE {' '.join(mids)}")
    return sdp.replace("a=mid:0", f"a=mid:{mids[0]}").replace("a=mid:1\r", f"a=mid:{mids[1]}\r")


async def join(peer: Peer, offer: str) -> None:
    """Connect as the one who was called."""
    peer.connection.ice_controlling = False
    await peer.connect(offer, "client")


@asynccontextmanager
async def janus() -> AsyncIterator[tuple[int, str]]:
    """Start Janus with nothing but this; its process and address are yielded."""
    assert JANUS
    with tempfile.TemporaryDirectory(prefix="hitotoki-janus-") as folder:
        port = _free_port()
        _configure(Path(folder), port)
        process = await asyncio.create_subprocess_exec(
            *(JANUS, "-F", folder, "-L", f"{folder}/log"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        base = f"http://127.0.0.1:{port}/janus"
        try:
            await _answers(base)
            yield process.pid, base
        finally:
            process.terminate()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _configure(folder: Path, port: int) -> None:
    assert PLUGINS
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "libjanus_videocall.so").symlink_to(PLUGINS / "libjanus_videocall.so")
    transports = folder / "transports"
    transports.mkdir()
    http = "libjanus_http.so"
    (transports / http).symlink_to(PLUGINS.parent / "transports" / http)
    (folder / "janus.jcfg").write_text(
        f'general: {{ plugins_folder = "{plugins}" transports_folder = "{transports}" '
        f"debug_level = 2 log_to_stdout = false }}\n"
        f'media: {{ rtp_port_range = "30000-39999" }}\n'
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "plain" base_path = "/janus" http = true port = {port} '
        f'ip = "127.0.0.1" https = false }}\nadmin: {{ admin_http = false admin_https = false }}\n'
    )


async def _answers(base: str) -> None:
    async with asyncio.timeout(SECONDS), aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(f"{base}/info") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
