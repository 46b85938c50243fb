"""What the list page and the talk page weigh as they travel to a browser with an empty cache.

.venv/bin/python -m benchmarks.weight
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urldefrag

import aiohttp
import uvloop

from benchmarks.demo_site import demo_site
from benchmarks.report import goal, table
from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.sign_in import sessions
from people.sign_in.sessions import cookie_name
from rooms.lobby import presence
from rooms.lobby.directory import room_detail
from rooms.talk import entry

# As Chromium sends it.
ENCODINGS = "gzip, deflate, br, zstd"
PORTRAITS = "/static/portraits/"
LIST_GOAL, TALK_GOAL = 30_000, 60_000
ROOM = 1
CALLER = "健太"
_LINKS = re.compile(r'(?:src|href)="(/static/[^"]+)"')
_IN_STYLES = re.compile(r"url\([\"']?(/static/[^\"')]+)")


@dataclass(frozen=True)
class Part:
    """One answer: how it was encoded, and its bytes as they travel, without headers."""

    address: str
    encoding: str
    travels: int
    plain: int

    @property
    def name(self) -> str:
        """The file without the hash in its name, or HTML."""
        if not self.address.startswith("/static/"):
            return "HTML"
        return re.sub(r"-[0-9a-f]{10}\.", ".", self.address.removeprefix("/static/"))


async def load(base: str, path: str, cookie: str) -> list[Part]:
    """Fetch a page and the files it names; return the HTML first, then each file once."""
    headers = {"Cookie": cookie} if cookie else {}
    async with aiohttp.ClientSession(base, headers=headers, auto_decompress=False) as client:
        page, html = await _fetch(client, path)
        parts = {path: page}
        # A home screen's own picture is fetched only when the site is put there.
        waiting = [link for link in _LINKS.findall(html) if not link.endswith(".png")]
        while waiting:
            address = urldefrag(waiting.pop(0)).url
            if address not in parts:
                parts[address], text = await _fetch(client, address)
                waiting += _IN_STYLES.findall(text) if address.endswith(".css") else []
    return list(parts.values())


async def _fetch(client: aiohttp.ClientSession, path: str) -> tuple[Part, str]:
    """Fetch as a browser does, to count; and once more without encoding, to read."""
    async with client.get(path, headers={"Accept-Encoding": ENCODINGS}) as packed:
        packed.raise_for_status()
        travels = len(await packed.read())
    async with client.get(path, headers={"Accept-Encoding": "identity"}) as plain:
        content = await plain.read()
    encoding = packed.headers.get("Content-Encoding", "none")
    return Part(path, encoding, travels, len(content)), content.decode()


async def begin_talk(database: Database, settings: Settings) -> tuple[str, str]:
    """Let a caller enter a room; return the talk page's path and the caller's cookie."""
    async with database.transaction() as tx:
        people = await accounts.people_of_demo(tx)
        caller = next(person.id for person in people if person.nickname == CALLER)
        cast = (await room_detail(tx, settings, ROOM, None)).card.cast_id
        await presence.open_standby(tx, cast, ROOM)
        entered = await entry.enter(tx, settings, ROOM, caller)
        token = await sessions.open_for(tx, caller, days=1)
    return f"/talks/{entered.talk_id}", f"{cookie_name(settings)}={token}"


def tell(title: str, parts: Sequence[Part]) -> tuple[str, int]:
    """A table of a page's parts, and their weight all told, portraits apart."""
    own = [part for part in parts if not part.address.startswith(PORTRAITS)]
    faces = [part for part in parts if part.address.startswith(PORTRAITS)]
    total = sum(part.travels for part in own)
    rows: list[tuple[object, ...]] = [
        (part.name, part.encoding, f"{part.travels:,}", f"{part.plain:,}") for part in own
    ]
    plain = sum(part.plain for part in own)
    rows.append(("**all told**", "", f"**{total:,}**", f"{plain:,}"))
    weight, bare = sum(part.travels for part in faces), sum(part.plain for part in faces)
    rows.append((f"{len(faces)} portraits apart", "", f"{weight:,}", f"{bare:,}"))
    return table((title, "encoding", "bytes that travel", "bytes unpacked"), rows) + "\n", total


async def run() -> None:
    """Start a site, fetch its pages and print what they weigh."""
    settings = Settings(demo=True)
    async with demo_site() as (site, database):
        first, listed = tell("list, a new visitor", await load(site.url, "/", ""))
        path, cookie = await begin_talk(database, settings)
        again, _ = tell("list, a member", await load(site.url, "/", cookie))
        way, _ = tell("entry page", await load(site.url, f"/rooms/{ROOM}/enter", cookie))
        last, talk = tell("talk", await load(site.url, path, cookie))
    print("\n".join((first, again, way, last)))
    print(goal(f"list {listed:,} bytes (goal {LIST_GOAL:,})", listed <= LIST_GOAL))
    print(goal(f"talk {talk:,} bytes (goal {TALK_GOAL:,})", talk <= TALK_GOAL))


def main() -> None:
    """Measure."""
    uvloop.run(run())


if __name__ == "__main__":
    main()
