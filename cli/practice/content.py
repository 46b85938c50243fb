"""The practice telephones as the demo's content has them, and what the site must know of them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cli.past.people import id_of
from foundation.database import Database, Tx
from foundation.settings import Settings
from media.speech import kana
from people.telephones import digits, numbers, pins, spoken_names
from rooms.calling.practice import PracticeOwner
from rooms.ground.tables import rooms

FILE = Path(__file__).resolve().parent.parent / "demo_site" / "telephones.toml"


@dataclass(frozen=True)
class PracticeContent:
    """Owners of telephones, the site's numbers by what they lead to, readings by address."""

    owners: tuple[PracticeOwner, ...]
    numbers: dict[str, str]
    readings: dict[str, str]

    @classmethod
    def read(cls, file: Path = FILE) -> "PracticeContent":
        """Read the content."""
        with file.open("rb") as opened:
            found: dict[str, Any] = tomllib.load(opened)
        return cls(
            owners=tuple(PracticeOwner(**one) for one in found["telephone"]),
            numbers=found["numbers"],
            readings={one["email"]: one["reading"] for one in found["spoken"]},
        )

    def known_to(self, settings: Settings) -> Settings:
        """Return the settings with the numbers, where the operator has named no others."""
        lines = tuple(f"{number}={way}" for way, number in self.numbers.items() if way != "front")
        given = settings.telephone_menu_numbers
        return settings.model_copy(update={"telephone_menu_numbers": given or lines})


async def make_ready(database: Database, settings: Settings, content: PracticeContent) -> None:
    """Let the owners have their numbers and PINs, and the casts rooms and names for calls.

    What somebody has changed since stays, but for the numbers: these are the telephones'.
    """
    for owner in content.owners:
        async with database.transaction() as tx:
            user_id = await id_of(tx, owner.email)
            await numbers.keep(tx, settings, user_id, numbers.e164_of(owner.number))
            has_pin = await pins.has(tx, user_id)
        if not has_pin:
            pin_hash = await pins.hashed(settings, user_id, owner.pin)
            async with database.transaction() as tx:
                await pins.keep(tx, user_id, pin_hash)
    async with database.transaction() as tx:
        for email, reading in content.readings.items():
            await _be_spoken(tx, await id_of(tx, email), reading)


async def _be_spoken(tx: Tx, cast_id: int, reading: str) -> None:
    if await spoken_names.of(tx, cast_id) is not None:
        return
    await digits.give(tx, cast_id)
    await spoken_names.change(tx, cast_id, reading)
    await spoken_names.keep(tx, cast_id, reading, kana.spelled(reading))
    await spoken_names.confirm(tx, cast_id, reading)
    first = sa.select(sa.func.min(rooms.c.id)).where(rooms.c.cast_id == cast_id).scalar_subquery()
    await tx.execute(sa.update(rooms).where(rooms.c.id == first).values(by_telephone=True))
