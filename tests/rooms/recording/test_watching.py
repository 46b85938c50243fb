"""Who may watch a recording, and for how long: the two, and staff beside an open matter, logged."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.desk import staff_views
from people.meeting import blocks
from points.tables import claims
from record import act_list
from rooms.care import withdrawal
from rooms.ground.recording_tables import recording_consents
from rooms.ground.report_tables import reports
from rooms.recording import deleting, library, looking
from rooms.talk.past import history
from tests.rooms.recording.scene import Taped, age
from tests.world import HASH, new_user

DAY = 86_400


class Shelf:
    """A folder of files that notes what is removed from it."""

    def __init__(self) -> None:
        self.removed: list[str] = []
        self.broken: set[str] = set()

    def remove(self, name: str) -> None:
        if name in self.broken:
            raise PermissionError(name)
        self.removed.append(name)


@pytest.fixture
async def world(database: Database, settings: Settings) -> Taped:
    return await Taped.begun(database, settings)


async def seen_by(world: Taped, user: int) -> list[int]:
    async with world.database.transaction() as tx:
        page = await library.mine(tx, user, 1, 20)
        assert await library.count(tx, user) == len(page.items)
        for found in page.items:
            assert await library.one(tx, found.id, user) == found
        return [found.id for found in page.items]


async def unseen(world: Taped, recording: int, *watchers: int) -> None:
    for user in watchers:
        assert await seen_by(world, user) == []
        with pytest.raises(UserError, match="recording_unknown"):
            await world.do(library.one, recording, user)


async def erased(world: Taped, shelf: Shelf) -> int:
    return int(await world.do(deleting.erase, shelf, 100))


async def test_the_two_see_it_and_nobody_else(world: Taped) -> None:
    recording = await world.recorded()
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
    assert await seen_by(world, world.caller) == [recording]
    assert await seen_by(world, world.cast) == [recording]
    await unseen(world, recording, stranger)
    found = await world.do(library.one, recording, world.cast)
    assert (found.side, found.other_name, found.size) == ("cast", "けんじ", 10_000)
    assert (found.mine_deletes, found.other_deletes) == (False, False)


async def test_there_is_nothing_to_see_before_it_is_over_or_without_a_file(world: Taped) -> None:
    recording = await world.write()
    await world.kept(recording)
    await unseen(world, recording, world.caller)
    await world.stop(world.cast)
    assert await seen_by(world, world.caller) == [recording]
    another = await world.agreed()
    await world.stop(world.cast)
    assert await seen_by(world, world.caller) == [recording]
    assert another != recording


@pytest.mark.parametrize("blocker", ["caller", "cast"])
async def test_neither_sees_it_while_one_blocks_the_other(world: Taped, blocker: str) -> None:
    recording = await world.recorded()
    one, other = world.caller, world.cast
    if blocker == "cast":
        one, other = other, one
    await world.do(blocks.block, one, other)
    await unseen(world, recording, one, other)
    await world.do(blocks.unblock, one, other)
    assert await seen_by(world, one) == [recording]


async def test_it_goes_when_both_want_it(world: Taped) -> None:
    recording, shelf = await world.recorded(), Shelf()
    assert await world.do(deleting.wish, recording, world.caller, True) is False
    assert (await world.do(library.one, recording, world.cast)).other_deletes is True
    # One may change one's mind.
    assert await world.do(deleting.wish, recording, world.caller, False) is False
    assert await world.do(deleting.wish, recording, world.cast, True) is False
    assert await erased(world, shelf) == 0
    assert await world.do(deleting.wish, recording, world.caller, True) is True
    await unseen(world, recording, world.caller, world.cast)
    assert await erased(world, shelf) == 1
    names = {f"{recording}-{side}-0.webm" for side in ("caller", "cast")}
    assert {*shelf.removed} == names
    assert await world.do(library.parts, recording) == []
    assert await erased(world, shelf) == 0


async def test_it_goes_after_its_days(world: Taped, owner_database: Database) -> None:
    recording, shelf = await world.recorded(), Shelf()
    await age(owner_database, "keep_until", 30 * DAY - 60)
    assert await erased(world, shelf) == 0
    assert await seen_by(world, world.caller) == [recording]
    await age(owner_database, "keep_until", 61)
    await unseen(world, recording, world.caller, world.cast)
    assert await erased(world, shelf) == 1


async def test_a_file_that_comes_late_goes_too(world: Taped) -> None:
    recording, shelf = await world.recorded(), Shelf()
    for user in (world.caller, world.cast):
        await world.do(deleting.wish, recording, user, True)
    await erased(world, shelf)
    late = await world.kept(recording, part=1)
    await unseen(world, recording, world.caller)
    assert await erased(world, shelf) == 1
    assert late.name in shelf.removed


async def test_a_file_that_cannot_be_removed_keeps_no_other(
    world: Taped, owner_database: Database
) -> None:
    first, shelf = await world.recorded(), Shelf()
    second = await world.recorded()
    await age(owner_database, "keep_until", 31 * DAY)
    shelf.broken.add(f"{first}-caller-0.webm")
    await erased(world, shelf)
    assert f"{second}-cast-0.webm" in shelf.removed
    assert len(await world.do(library.parts, first)) == 2
    await unseen(world, first, world.caller)


@pytest.mark.parametrize("leaves", ["caller", "cast"])
async def test_it_goes_with_either_account(world: Taped, leaves: str) -> None:
    recording, shelf = await world.recorded(), Shelf()
    await world.do(history.leave, world.settings, world.talk, world.caller)
    user = world.caller if leaves == "caller" else world.cast
    await world.do(withdrawal.withdraw, world.settings, user, HASH)
    await unseen(world, recording, world.caller, world.cast)
    assert await erased(world, shelf) == 1
    assert len(shelf.removed) == 2


async def test_one_that_still_ran_when_its_talk_ended_goes_with_the_account(world: Taped) -> None:
    recording, shelf = await world.write(), Shelf()
    await world.kept(recording)
    await world.do(history.leave, world.settings, world.talk, world.caller)
    await world.do(withdrawal.withdraw, world.settings, world.caller, HASH)
    assert await erased(world, shelf) == 1
    await unseen(world, recording, world.cast)


# An open matter, as staff have it, and the same once it is closed.
MATTERS: dict[looking.Matter, tuple[str, str]] = {
    "claim": (
        "INSERT INTO claims (talk_id, user_id, kind) VALUES (:talk, :caller, 'no_media')",
        (
            "UPDATE claims SET state = 'declined', decided_by = :staff, decided_at = now(),"
            " reason = 'A'"
        ),
    ),
    "report": (
        (
            "INSERT INTO reports (reporter_id, subject_id, talk_id, kind)"
            " VALUES (:caller, :cast, :talk, 'other')"
        ),
        ("UPDATE reports SET state = 'closed', closed_by = :staff, closed_at = now(), words = 'A'"),
    ),
}


async def staff_of(world: Taped) -> int:
    async with world.database.transaction() as tx:
        staff = await new_user(tx, "スタッフ")
        to_staff = sa.update(users).where(users.c.id == staff)
        await tx.execute(to_staff.values(staff_role="administrator"))
        return staff


async def opened(world: Taped, owner: Database, matter: looking.Matter) -> Callable[[], Any]:
    """Open a matter about the talk; returns what closes it."""
    staff = await staff_of(world)
    told = {"talk": world.talk, "caller": world.caller, "cast": world.cast, "staff": staff}
    make, close = MATTERS[matter]

    async def run(statement: str) -> None:
        async with owner.transaction() as tx:
            named = {name: value for name, value in told.items() if f":{name}" in statement}
            await tx.execute(sa.text(statement), named)

    await run(make)
    return lambda: run(close)


async def matter_id(world: Taped, matter: looking.Matter) -> int:
    table = claims if matter == "claim" else reports

    async def one(tx: Tx) -> Any:
        return await tx.scalar(sa.select(table.c.id))

    return int(await world.do(one))


@pytest.mark.parametrize("matter", MATTERS)
async def test_staff_look_beside_an_open_matter_and_it_is_written_down(
    world: Taped, owner_database: Database, matter: looking.Matter
) -> None:
    recording, staff = await world.recorded(), await staff_of(world)
    await unseen(world, recording, staff)
    with pytest.raises(UserError, match="recording_unknown"):
        await world.do(looking.look, matter, 1, recording, staff, opens=True)
    close = await opened(world, owner_database, matter)
    number = await matter_id(world, matter)
    (beside,) = await world.do(looking.beside, matter, number, staff)
    assert (beside.id, beside.open) == (recording, True)
    await world.do(looking.look, matter, number, recording, staff, opens=True)
    await world.do(looking.look, matter, number, recording, staff, opens=False)
    await close()
    with pytest.raises(UserError, match="recording_unknown"):
        await world.do(looking.look, matter, number, recording, staff, opens=True)
    acts = (await world.do(act_list.acts, 1, 20)).items
    about = [(act.act, act.actor_id, act.reason) for act in acts]
    assert about == [("recording.watch", staff, f"{matter}:{number}")]
    views = (await world.do(staff_views.views, 1, 20)).items
    assert {view.subject for view in views} == {f"recording:{recording}"}


@pytest.mark.parametrize("matter", MATTERS)
async def test_staff_handle_no_matter_of_their_own(
    world: Taped, owner_database: Database, matter: looking.Matter
) -> None:
    recording = await world.recorded()
    await opened(world, owner_database, matter)
    number = await matter_id(world, matter)
    with pytest.raises(UserError, match="recording_unknown"):
        await world.do(looking.look, matter, number, recording, world.cast, opens=True)


async def test_staff_see_no_recording_of_another_talk(
    world: Taped, owner_database: Database
) -> None:
    recording, staff = await world.recorded(), await staff_of(world)
    await world.do(history.leave, world.settings, world.talk, world.caller)
    other = await Taped.begun(world.database, world.settings)
    await opened(other, owner_database, "report")
    number = await matter_id(world, "report")
    with pytest.raises(UserError, match="recording_unknown"):
        await world.do(looking.look, "report", number, recording, staff, opens=True)


@pytest.mark.parametrize("matter", MATTERS)
@pytest.mark.parametrize("why", ["both", "days", "account"])
async def test_an_open_matter_keeps_it_for_staff_alone_and_then_it_goes(
    world: Taped, owner_database: Database, matter: looking.Matter, why: str
) -> None:
    recording, staff, shelf = await world.recorded(), await staff_of(world), Shelf()
    close = await opened(world, owner_database, matter)
    number = await matter_id(world, matter)
    if why == "both":
        for user in (world.caller, world.cast):
            await world.do(deleting.wish, recording, user, True)
    elif why == "days":
        await age(owner_database, "keep_until", 31 * DAY)
    else:
        await world.do(history.leave, world.settings, world.talk, world.caller)
        await world.do(deleting.withdraw, world.caller)
    await unseen(world, recording, world.caller, world.cast)
    assert await erased(world, shelf) == 0
    await world.do(looking.look, matter, number, recording, staff, opens=True)
    await close()
    assert await erased(world, shelf) == 1


async def test_questions_and_consents_go_after_their_days_and_not_before_the_files(
    world: Taped, owner_database: Database
) -> None:
    async def left() -> tuple[int, int]:
        async with world.database.transaction() as tx:
            swept = await deleting.sweep(tx, deleting.CONSENT_DAYS, 100)
            counted = sa.select(sa.func.count()).select_from(recording_consents)
            return swept, int(await tx.scalar(counted) or 0)

    await world.recorded()
    await age(owner_database, "asked_at", (deleting.CONSENT_DAYS + 1) * DAY)
    assert await left() == (0, 2)
    await age(owner_database, "keep_until", 31 * DAY)
    await erased(world, Shelf())
    assert await left() == (1, 0)
