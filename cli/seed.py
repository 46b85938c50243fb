"""The people and rooms of the demo site, put into an empty database once."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cli.past import board, dating_back, letters, living
from cli.past.people import buy, id_of, new_person
from foundation import locks
from foundation.database import Database, Tx
from foundation.ids import new_token
from foundation.settings import Settings
from people.accounts import accounts, passwords
from people.meeting import profiles
from points import ledger
from rooms.booking import (
    asking,
    reservations,
    rules,
    slots,
)
from rooms.ground.tables import room_hours, rooms
from rooms.lobby import short_addresses
from rooms.offering import categories as category_list
from rooms.offering import tags
from rooms.questions import reading, writing
from writing.letters import answering as letter_answers
from writing.letters import offers as letter_offers
from writing.letters import sending
from writing.letters.offers import LetterOffer
from writing.letters.sending import LetterToSend

CONTENT = Path(__file__).resolve().parent / "demo_site"
# Any number: two processes that start on one empty database must not both fill it.
LOCK = 4_857_100_732


@dataclass(frozen=True)
class SignIn:
    """A person whom one click on the sign-in page signs in as."""

    role: str
    nickname: str
    email: str

    def __str__(self) -> str:
        return f"{self.role:<7} {self.email:<26} {self.nickname}"


async def seed_demo(database: Database, settings: Settings) -> list[SignIn]:
    """Fill an empty database with the demo site; return whom one can sign in as.

    Their passwords are random and told to nobody: the demo site signs in by a click.
    By the owner of the tables the site is given a past as well.
    """
    people, casts = _content("people.toml"), _content("casts.toml")["cast"]
    async with database.transaction() as tx:
        await tx.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        locks.alone(tx)
        if not await accounts.people_of_demo(tx):
            password = await passwords.hash_password(new_token())
            async with dating_back.as_the_site(tx) as has_past:
                await _fill(tx, settings, people, casts, password, has_past=has_past)
    listed = [("caller", people["caller"]), ("cast", casts), ("staff", people["staff"])]
    return [
        SignIn(role, person["nickname"], person["email"])
        for role, persons in listed
        for person in persons
    ]


async def _fill(
    tx: Tx,
    settings: Settings,
    people: dict[str, Any],
    casts: list[dict[str, Any]],
    password: str,
    *,
    has_past: bool,
) -> None:
    for person in people["caller"]:
        await _caller(tx, settings, person, password)
    for person in people["staff"]:
        await new_person(tx, person, password)
        await accounts.make_staff(tx, person["email"], person["role"], reason="hitotoki demo")
    for person in casts:
        await _cast(tx, settings, person, password)
    if has_past:
        by_role = {one["role"]: one["email"] for one in people["staff"]}
        staff = by_role["finance"], by_role["administrator"]
        past = _content("past.toml")
        await living.live(tx, settings, past, staff, password)
        if settings.letters:
            await letters.write(tx, settings, past["letter"])
    for person in people["caller"]:
        await _plans(tx, settings, person)
    if settings.board:
        await board.fill(tx, settings, _content("board.toml"), has_past=has_past)


def _content(name: str) -> dict[str, Any]:
    with (CONTENT / name).open("rb") as file:
        return tomllib.load(file)


async def _caller(tx: Tx, settings: Settings, person: dict[str, Any], password: str) -> None:
    user_id = await new_person(tx, person, password)
    for price in person.get("bought_for", []):
        await buy(tx, settings, user_id, price)
    await ledger.grant(
        tx,
        user_id,
        person["points"],
        "デモサイトでお試しいただくポイント",
        actor_id=None,
        key=f"demo:{person['email']}",
        months=settings.lot_months,
    )


async def _cast(tx: Tx, settings: Settings, person: dict[str, Any], password: str) -> None:
    cast_id = await new_person(tx, person, password, is_cast=True)
    categories = {one.name_ja: one.id for one in await category_list.in_use(tx)}
    await profiles.save(tx, cast_id, "", [], person.get("languages", ["ja"]))
    if "letter" in person:
        offer = LetterOffer(accepts=True, most_open=5, takes_tab=True, **person["letter"])
        await letter_offers.set_own(tx, settings, cast_id, offer)
    for room in person["room"]:
        room_id = await tx.scalar(
            sa.insert(rooms)
            .values(
                cast_id=cast_id,
                title=room["title"],
                topic=room["topic"],
                text=room["text"].strip(),
                rate=room["rate"],
                allows_video=room["allows_video"],
                category_id=categories[room["category"]],
                look="passed",
                takes_tab=room.get("takes_tab", False),
                booking=room.get("booking", "none"),
                booking_shortest=room.get("booking_shortest", 10),
                booking_longest=room.get("booking_longest", 60),
                published=True,
            )
            .returning(rooms.c.id)
        )
        assert room_id is not None
        await tags.save(tx, room_id, tuple(room["tags"]))
        await short_addresses.give(tx, room_id)
        hours = [{"room_id": room_id, **hour} for hour in room["hours"]]
        if hours:
            await tx.execute(sa.insert(room_hours), hours)


async def _plans(tx: Tx, settings: Settings, person: dict[str, Any]) -> None:
    """Let a caller book and ask as on the pages; where nothing is free now, nothing is done."""
    caller_id = await id_of(tx, person["email"])
    for wanted in person.get("books", []):
        room_id, starts = await _free(tx, settings, caller_id, wanted, spread=timedelta())
        if starts:
            kept = await reservations.keep(
                tx, settings, room_id, caller_id, starts[0], wanted["minutes"]
            )
            await reservations.confirm(tx, settings, kept.id, caller_id, wanted["message"])
    for wanted in person.get("asks", []):
        room_id, starts = await _free(tx, settings, caller_id, wanted, spread=timedelta(hours=1))
        if starts:
            await asking.ask(
                tx, settings, room_id, caller_id, starts, wanted["minutes"], wanted["message"]
            )
    for wanted in person.get("writes", []):
        await _write(tx, settings, caller_id, wanted)
    for number, wanted in enumerate(person.get("letters", [])):
        if settings.letters:
            await _letter(tx, settings, caller_id, f"demo-letter-{number}", wanted)


async def _first_room(tx: Tx, cast: str) -> int:
    cast_id = await id_of(tx, cast)
    room_id = await tx.scalar(sa.select(sa.func.min(rooms.c.id)).where(rooms.c.cast_id == cast_id))
    assert room_id is not None
    return int(room_id)


async def _write(tx: Tx, settings: Settings, caller_id: int, wanted: dict[str, Any]) -> None:
    """Let a caller and a cast write to each other about the cast's first room, and read it all."""
    people = {"caller": caller_id, "cast": await id_of(tx, wanted["cast"])}
    room_id = await _first_room(tx, wanted["cast"])
    said = None
    for number, (side, text) in enumerate(wanted["says"]):
        key = f"demo-message-{number}"
        if said is None:
            said = await writing.begin(tx, settings, room_id, people[side], key, text)
        else:
            said = await writing.say(tx, said.thread_id, people[side], key, text)
    if said is not None:
        for user_id in people.values():
            await reading.mark_read(tx, said.thread_id, user_id, said.message_id)


async def _letter(
    tx: Tx, settings: Settings, caller_id: int, press: str, wanted: dict[str, Any]
) -> None:
    """Let a caller send a letter, and the cast answer it where the past says so."""
    cast_id = await id_of(tx, wanted["cast"])
    price = (await letter_offers.own(tx, cast_id)).points
    written = LetterToSend(wanted["text"].strip(), price, press)
    made = await sending.send(tx, settings, cast_id, caller_id, written)
    if "answer" in wanted:
        await letter_answers.answer(tx, settings, made, cast_id, wanted["answer"].strip())


async def _free(
    tx: Tx, settings: Settings, caller_id: int, wanted: dict[str, Any], *, spread: timedelta
) -> tuple[int, list[datetime]]:
    """Return the first room of a cast, and up to three free beginnings at least `spread` apart."""
    room_id = await _first_room(tx, wanted["cast"])
    found: list[datetime] = []
    for slot in await slots.free_slots(tx, settings, room_id, caller_id):
        fits = slot.longest >= wanted["minutes"]
        if fits and (not found or slot.starts_at - found[-1] >= spread):
            found.append(slot.starts_at)
    return room_id, found[: rules.MOST_WISHES]
