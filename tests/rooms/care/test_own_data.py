"""One's own data: everything one wrote and did, and of others nothing but their names."""

import json
from typing import Any

import sqlalchemy as sa

from foundation.database import Database, metadata
from foundation.settings import Settings
from people.accounts.tables import users
from rooms.care import own_data
from rooms.talk import messages
from rooms.talk.past import history
from tests.rooms.booked import Booked


async def parts_of(world: Booked, user: int) -> dict[str, Any]:
    """Everything that one of them gets, as it is written."""
    async with world.database.transaction() as tx:
        found = {name: await own_data.part(tx, user, name) for name in own_data.PARTS}
    return dict(json.loads(json.dumps(found, ensure_ascii=False)))


async def test_each_gets_their_own_words_and_not_the_others(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    await world.confirm(await world.keep(), "はじめまして、けんじです")
    await world.stand_by()
    await world.enter()
    for user, text in ((world.caller, "お客様の言葉"), (world.cast, "キャストの言葉")):
        async with database.transaction() as tx:
            await messages.say(tx, settings, world.talk, user, text, text)
    await world.do(history.leave, settings, world.talk, world.caller)
    caller, cast = await parts_of(world, world.caller), await parts_of(world, world.cast)
    assert [one["text"] for one in caller["messages"]] == ["お客様の言葉"]
    assert [one["text"] for one in cast["messages"]] == ["キャストの言葉"]
    assert [one["written"] for one in caller["reservations"]] == ["はじめまして、けんじです"]
    assert [one["written"] for one in cast["reservations"]] == [None]
    assert "はじめまして" not in json.dumps(cast, ensure_ascii=False)
    assert [(one["side"], one["with_name"]) for one in caller["talks"]] == [("caller", "さくら")]
    assert [(one["side"], one["with_name"]) for one in cast["talks"]] == [("cast", "けんじ")]


# Their owner's own, as far as it is told: what they are and in which part they stand.
PAYOUTS = {
    "payout_profiles": "payout_profile", "registration_days": "registration_days",
    "bank_accounts": "bank_accounts", "payouts": "payouts", "payout_stops": "payout_stops",
    "payout_objections": "payout_objections", "payout_verdicts": "payout_verdicts",
    "payout_terms": "payout_terms",
}  # fmt: skip
# What came of a proposal to let a payout go back, and why, stands in the payout.
NOBODYS = {"bank_lists", "payout_runs", "payout_reversals", "payout_reversal_lines"}
FILL = """
INSERT INTO payout_profiles (user_id, registration, company) VALUES
  (:user, 'T1234567890123', '甲会社');
INSERT INTO bank_accounts (user_id, sealed, mark, bank, branch, tail, holder_kind, effective_at)
  VALUES (:user, '封をした言葉', sha256('x'), '甲銀行', '本店', '567', 'person',
  clock_timestamp() + interval '1 day');
INSERT INTO payouts (user_id, way, gross, requested_on) VALUES
  (:user, 'request', 5000, current_date);
INSERT INTO payout_objections (payout_id, text) SELECT max(id), '異議です' FROM payouts;
INSERT INTO payout_stops (user_id, reason, made_by) VALUES (:user, '確認のため', :staff);
INSERT INTO payout_verdicts (user_id, verdict, amount, reason, proposed_by) VALUES
  (:user, 'keep', 1, 'まだ決まっていない', :staff);
INSERT INTO payout_terms (user_id, text) VALUES (:user, '条件の文面');
"""


async def test_a_cast_gets_what_they_are_paid_and_nothing_that_is_sealed_or_undecided(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    staff = await world.another("経理のひと")
    async with database.transaction() as tx:
        for statement in filter(str.strip, FILL.split(";")):
            bounds = {"user": world.cast, "staff": staff}
            named = {name: bounds[name] for name in bounds if f":{name}" in statement}
            await tx.execute(sa.text(statement), named)
    mine, others = await parts_of(world, world.cast), await parts_of(world, world.caller)
    for part in PAYOUTS.values():
        assert bool(mine[part]) is (part != "payout_verdicts"), part
        assert not others[part], part
    written = json.dumps(mine, ensure_ascii=False)
    for said in ("T1234567890123", "甲会社", "甲銀行", "異議です", "確認のため", "条件の文面"):
        assert said in written, said
    for unsaid in ("封をした言葉", '"sealed"', '"mark"', "まだ決まっていない", "経理のひと"):
        assert unsaid not in written, unsaid


async def test_every_table_of_payouts_that_is_somebodys_is_in_it(database: Database) -> None:
    tables = {name for name in metadata.tables if _of_payouts(name)}
    assert tables == {*PAYOUTS, *NOBODYS}
    assert {*PAYOUTS.values()} <= {*own_data.PARTS}


def _of_payouts(name: str) -> bool:
    return name.startswith(("payout", "bank_", "registration_days"))


TELEPHONE = """
INSERT INTO telephones (user_id, sealed, mark, tail) VALUES
  (:user, convert_to(repeat('封', 20), 'UTF8'), sha256('x'), '5678');
INSERT INTO telephone_proofs (user_id, sealed, mark, tail, expires_at) VALUES
  (:user, convert_to(repeat('封', 20), 'UTF8'), sha256('y'), '9876', now() + interval '1 day');
INSERT INTO telephone_pins (user_id, pin_hash) VALUES (:user, '$argon2id$secret');
INSERT INTO cast_digits (digits, cast_id) VALUES ('4711', :user);
INSERT INTO spoken_names (user_id, reading, sound) VALUES (:user, 'ハルカ', 'sound');
"""


async def test_ones_telephone_is_in_it_as_far_as_its_page_shows_it(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    async with database.transaction() as tx:
        for statement in filter(str.strip, TELEPHONE.split(";")):
            await tx.execute(sa.text(statement), {"user": world.cast})
    mine, others = await parts_of(world, world.cast), await parts_of(world, world.caller)
    assert (mine["telephone"]["tail"], mine["telephone"]["has_pin"]) == ("5678", True)
    assert [one["tail"] for one in mine["telephone_proofs"]] == ["9876"]
    assert mine["telephone_digits"]["digits"] == "4711"
    assert mine["spoken_name"]["reading"] == "ハルカ"
    written = json.dumps(mine, ensure_ascii=False)
    for unsaid in ("封", '"sealed"', '"mark"', "argon2id", "pin_hash"):
        assert unsaid not in written, unsaid
    for part in ("telephone", "telephone_proofs", "telephone_digits", "spoken_name"):
        assert not others[part], part


async def test_nothing_of_a_third_person_is_in_it(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    third = await world.another("よそのひと")
    await world.book(caller=third)
    async with database.transaction() as tx:
        email = await tx.scalar(sa.select(users.c.email).where(users.c.id == third))
    written = json.dumps(await parts_of(world, world.caller), ensure_ascii=False)
    assert "よそのひと" not in written
    assert str(email) not in written
    # The cast, with whom the third person has a reservation, gets the name and nothing else.
    written = json.dumps(await parts_of(world, world.cast), ensure_ascii=False)
    assert "よそのひと" in written
    assert str(email) not in written
