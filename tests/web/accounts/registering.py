"""What a test of accounts needs: a filled-in form, the mails to an address, the link in one."""

import re
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from foundation.database import Database
from notify.tables import mails
from people.joining.registration import Registration
from people.joining.tables import mailed_links, registrations
from tests.web.scene import Browser, hashed

EMAIL = "sakura@example.jp"
SECRET = "a long enough secret"
FORM = {
    "nickname": "さくら",
    "email": EMAIL,
    "password": SECRET,
    "birth_year": "1990",
    "birth_month": "4",
    "birth_day": "1",
    "no_pupil": "1",
    "agree": "1",
}
TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")


@dataclass(frozen=True)
class Sent:
    """A mail as it stands in the outbox."""

    subject: str
    text: str

    @property
    def token(self) -> str:
        """The token of its link."""
        found = TOKEN.search(self.text)
        assert found, self.text
        return found[1]


def entered(**changed: object) -> Registration:
    """What a visitor may have entered."""
    wanted: dict[str, object] = {
        "nickname": "さくら",
        "email": EMAIL,
        "password_hash": hashed(),
        "birthday": date(1990, 4, 1),
        "locale": "ja",
    }
    return Registration(**(wanted | changed))  # type: ignore[arg-type]


async def mails_to(database: Database, address: str) -> list[Sent]:
    """Return the mails to an address, in their order."""
    async with database.transaction() as tx:
        rows = await tx.execute(
            sa.select(mails.c.subject, mails.c.text)
            .where(mails.c.to_address == address)
            .order_by(mails.c.id)
        )
        return [Sent(**row) for row in rows.mappings()]


async def last_mail(database: Database, address: str) -> Sent:
    """Return the latest mail to an address."""
    return (await mails_to(database, address))[-1]


async def register(browser: Browser, **changed: str) -> None:
    """Fill in the form, look at it, and register."""
    answer = await browser.post("/sign-up", FORM | changed)
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-up/confirm")
    answer = await browser.post("/sign-up/confirm", {})
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-up/sent")


async def age_links(database: Database, seconds: float) -> None:
    """Let time pass for the mailed links."""
    await _shift(database, mailed_links, ("made_at", "expires_at"), seconds)


async def age_registrations(database: Database, seconds: float) -> None:
    """Let time pass for what was entered."""
    await _shift(database, registrations, ("agreed_at", "expires_at"), seconds)


async def _shift(
    database: Database, table: sa.Table, columns: tuple[str, ...], seconds: float
) -> None:
    past = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    async with database.transaction() as tx:
        await tx.execute(sa.update(table).values({name: table.c[name] - past for name in columns}))
