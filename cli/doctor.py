"""`hitotoki doctor`: says of everything that a site needs whether it is well, and what to do."""

import os
from collections import Counter
from typing import Annotated

import typer
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from cli.serve import databases
from cli.verb import refusals
from foundation import language as languages
from foundation.database import Database
from foundation.disk import Disk
from foundation.embedded.child import ChildError
from foundation.language import N_, translate
from foundation.log import set_up_log
from foundation.settings import Settings
from people.accounts import rules
from readiness import checks, trials
from readiness.checks import CheckLine
from readiness.findings import GROUPS, State, Surroundings
from readiness.ground import newest_migration
from web.http.render import LOCALES

MARKS: dict[State, str] = {
    "ok": N_("よい"),
    "todo": N_("これから"),
    "broken": N_("問題あり"),
    "off": N_("使わない"),
}

Language = Annotated[str | None, typer.Option(help="ja or en; else the terminal's.")]
MailTo = Annotated[str | None, typer.Option(help="Address to which a test mail is sent.")]
Event = Annotated[bool, typer.Option("--event", help="Have Stripe send an event to the webhook.")]


def doctor(language: Language = None, mail_to: MailTo = None, event: Event = False) -> None:
    """Say of everything that a site needs whether it is well; exit with 1 where it isn't."""
    settings = Settings()
    set_up_log(settings.log_format)
    with refusals():
        to = rules.email(mail_to) if mail_to else None
    locale = _locale(language)
    with refusals():
        lines = _lines(settings, locale, to, event=event)
    _print(settings, lines, locale)
    if any(line.finding.state == "broken" for line in lines):
        raise typer.Exit(1)


def _locale(wanted: str | None) -> str:
    """The language asked for, else the terminal's: Japanese where that is, English elsewhere."""
    languages.load(LOCALES)
    said = wanted or next(
        (found for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (found := os.environ.get(name))), ""
    )
    return "ja" if said.lower().startswith("ja") else "en"


def _lines(settings: Settings, locale: str, mail_to: str | None, *, event: bool) -> list[CheckLine]:
    try:
        with databases(settings) as found:
            disk = Disk(found.server.folder if found.server else None, settings.disk_low_mb)
            return uvloop.run(_walk(settings, found.url, disk, locale, mail_to, event=event))
    except ChildError as error:
        why = trials.hidden(settings, str(error))
        return uvloop.run(checks.walk(Surroundings(settings, None, newest_migration(), why=why)))


async def _walk(
    settings: Settings, url: str, disk: Disk, locale: str, mail_to: str | None, *, event: bool
) -> list[CheckLine]:
    """Try what is asked for, then make every check; the database may be away or empty."""
    database, newest = Database(url, pool_size=4, disk=disk), newest_migration()
    try:
        if mail_to:
            await trials.send_mail(database, settings, mail_to, locale, actor_id=None)
        if event:
            await trials.ask_for_event(database, settings, actor_id=None)
        look = await checks.look_at(settings, database, newest)
    except (SQLAlchemyError, OSError) as error:
        look = await _without_steps(settings, database, newest, error)
    try:
        return await checks.walk(look)
    finally:
        await database.close()


async def _without_steps(
    settings: Settings, database: Database, newest: str | None, error: Exception
) -> Surroundings:
    """Look at a database that knows nothing of steps yet, or at none."""
    try:
        async with database.transaction():
            return Surroundings(settings, database, newest)
    except (SQLAlchemyError, OSError):
        return Surroundings(
            settings, None, newest, why=type(getattr(error, "orig", error)).__name__
        )


def _print(settings: Settings, lines: list[CheckLine], locale: str) -> None:
    group = ""
    for line in lines:
        if line.check.group != group:
            group = line.check.group
            typer.echo(f"\n{translate(locale, GROUPS[line.check.group])}")
        found = line.finding
        mark, title = translate(locale, MARKS[found.state]), translate(locale, line.check.title)
        typer.echo(trials.hidden(settings, f"  [{mark}] {title}: {found.text(locale)}"))
        if found.state != "ok" and (help_ := found.help(locale)):
            typer.echo(trials.hidden(settings, f"      → {help_}"))
    count = Counter(line.finding.state for line in lines)
    told = ", ".join(f"{translate(locale, MARKS[state])} {count[state]}" for state in MARKS)
    typer.echo(f"\n{told}")
