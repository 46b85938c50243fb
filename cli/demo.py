"""The demo site: everything a newcomer needs to see a talk, with nothing to set up."""

import contextlib
from pathlib import Path

import structlog
import uvloop

from cli.practice.content import PracticeContent, make_ready
from cli.practice.gateway import practice_of
from cli.seed import SignIn, seed_demo
from cli.serve import (
    Data,
    Databases,
    Host,
    Port,
    address,
    databases,
    listen,
    on_loopback,
    prepare,
    run_until_stopped,
    settings_for,
)
from foundation.database import Database
from foundation.log import set_up_log
from foundation.settings import Settings

TRIED = ("tab", "telephone", "letters", "board", "chat")

log = structlog.get_logger(__name__)


def demo(port: Port = None, data: Data = None, host: Host = None) -> None:
    """Open the demo site: embedded database, made-up people, one-click sign-in."""
    settings = settings_for(port, data, host, demo=True)
    # What may be tried there is on, unless somebody says otherwise.
    tried = {name: True for name in TRIED if name not in settings.model_fields_set}
    settings = settings.model_copy(update=tried)
    content = PracticeContent.read() if settings.practises_telephone else None
    if content is not None:
        settings = content.known_to(settings)
    set_up_log(settings.log_format)
    if not on_loopback(settings.host):
        log.warning("demo.open_to_others", host=settings.host, note="anyone can sign in as anyone")
    with contextlib.closing(listen(settings)) as taken, databases(settings) as found:
        prepare(settings, found)
        sign_ins = uvloop.run(_seed(settings, found, content))
        ready = _welcome(address(settings, taken), settings.data, sign_ins)
        practice = practice_of(content) if content else None
        uvloop.run(run_until_stopped(settings, found, taken, ready, practice))


async def _seed(
    settings: Settings, found: Databases, content: PracticeContent | None
) -> list[SignIn]:
    database = Database(found.owner_url or found.url, pool_size=2)
    try:
        sign_ins = await seed_demo(database, settings)
        if content is not None:
            await make_ready(database, settings, content)
        return sign_ins
    finally:
        await database.close()


def _welcome(place: str, data: Path, sign_ins: list[SignIn]) -> str:
    people = "\n".join(f"  {person}" for person in sign_ins)
    return (
        f"\nひととき (demo) is open at {place}\n\n"
        f"Sign in with one click at {place}/sign-in as:\n{people}\n\n"
        f"Data: {data.resolve()}   Stop: Ctrl-C\n"
    )
