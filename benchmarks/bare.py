"""The least that aiohttp can do: the bytes of a file as a page, whatever is asked for.

Started by `benchmarks.pages` with the file's path; prints its port.
"""

import asyncio
import sys
from pathlib import Path

import uvloop
from aiohttp import web


async def run(file: Path) -> None:
    """Answer until ended."""
    headers = {"Content-Encoding": "deflate"}

    async def page(_: web.Request) -> web.Response:
        # Read anew for each turn: each page is compared with an answer of its own bytes.
        return web.Response(body=body(), content_type="text/html", headers=headers)

    def body() -> bytes:
        return kept[0]

    async def change(_: web.Request) -> web.Response:
        kept[0] = file.read_bytes()
        return web.Response()

    kept = [file.read_bytes()]
    app = web.Application()
    app.add_routes([web.get("/page", page), web.post("/change", change)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(run(Path(sys.argv[1])))
