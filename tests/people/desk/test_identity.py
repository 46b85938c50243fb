"""A document is seen by few, decided once, and gone then; of it no more stays than was said."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from people.accounts.tables import users
from people.desk import identity, identity_desk, identity_list, identity_terms
from people.desk.identity_tables import identity_checks, identity_documents
from people.desk.tables import staff_views
from people.joining import erasure
from people.sign_in import seals
from record.tables import staff_acts
from tests.world import new_user

PICTURE = b"RIFF a picture of a licence"
NAME = "山田 花子"
TODAY = date(2026, 11, 30)
GROWN = date(2008, 11, 30)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site that checks identities."""
    return settings.model_copy(update={"identity_check": True})


class Desk:
    """A cast, and an administrator who looks at what they send."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.cast = self.staff = 0

    async def do(self, verb: Callable[..., Awaitable[Any]], *given: Any) -> Any:
        async with self.database.transaction() as tx:
            return await verb(tx, *given)

    async def rows(self, table: sa.Table) -> list[Any]:
        return list(await self.do(lambda tx: tx.execute(sa.select(table))))

    async def send(self, *sides: str) -> None:
        for side in sides or ("front",):
            await self.do(identity.add_side, self.settings, self.cast, side, PICTURE)
        await self.do(identity.send, self.settings, self.cast, NAME)

    async def check(self, born: date = GROWN) -> None:
        await self.do(identity_desk.check, self.settings, self.cast, self.staff, born, TODAY)

    async def decline(self) -> None:
        given = (self.settings, self.cast, self.staff, "文字が読めませんでした")
        await self.do(identity_desk.decline, *given)

    async def is_checked(self) -> bool:
        return bool(await self.do(identity.is_checked, self.cast))

    async def age(self, days: float) -> None:
        """Let what was sent, begun or allowed be so many days older."""
        for table, columns in (
            (identity_documents, ("begun_at", "sent_at")),
            (identity_checks, ("allowed_until",)),
        ):
            moved = {name: table.c[name] - timedelta(days=days) for name in columns}
            await self.do(lambda tx, t=table, m=moved: tx.execute(sa.update(t).values(**m)))

    async def may_go_on(self, days: float) -> None:
        """The cast was one before there were checks, and has so many days left."""
        until = sa.func.clock_timestamp() + timedelta(days=days)
        values = {"user_id": self.cast, "state": "before", "allowed_until": until}
        await self.do(lambda tx: tx.execute(sa.insert(identity_checks).values(**values)))


@pytest.fixture
async def desk(database: Database, settings: Settings) -> Desk:
    desk = Desk(database, settings)
    async with database.transaction() as tx:
        desk.cast, desk.staff = await new_user(tx, "さくら"), await new_user(tx, "スタッフ")
    return desk


async def refused(code: str, doing: Awaitable[Any]) -> None:
    with pytest.raises(UserError) as error:
        await doing
    assert error.value.code == code


async def test_who_was_never_checked_may_not_offer_video(desk: Desk) -> None:
    assert not await desk.is_checked()
    await refused("identity_needed", desk.do(identity.must_be_checked, desk.settings, desk.cast))
    elsewhere = desk.settings.model_copy(update={"identity_check": False})
    await desk.do(identity.must_be_checked, elsewhere, desk.cast)


async def test_the_demos_people_count_as_checked(desk: Desk) -> None:
    await desk.do(lambda tx: tx.execute(sa.update(users).values(is_demo=True)))
    assert await desk.is_checked()


async def test_a_checked_cast_leaves_their_name_and_nothing_else(desk: Desk) -> None:
    await desk.send("front", "back")
    assert not await desk.is_checked()
    await desk.check()
    assert await desk.is_checked()
    assert await desk.rows(identity_documents) == []
    (kept,) = await desk.rows(identity_checks)
    assert (kept.state, kept.decided_by, kept.words) == ("checked", desk.staff, None)
    sealed = seals.unseal(desk.settings, kept.legal_name, identity.whose(desk.cast, "name"))
    assert sealed.decode() == NAME
    # The day of birth stands in no table: not in the act either.
    (act,) = await desk.rows(staff_acts)
    assert "2008" not in f"{act.reason} {act.detail} {act.subject}"
    columns = {*identity_checks.columns.keys(), *identity_documents.columns.keys()}
    assert not {name for name in columns if "birth" in name or "born" in name}


async def test_what_lies_in_the_database_is_of_no_use_to_who_steals_it(desk: Desk) -> None:
    await desk.send("front", "back")
    (row,) = await desk.rows(identity_documents)
    for sealed in (row.front, row.back, row.legal_name):
        assert PICTURE not in sealed
        assert NAME.encode() not in sealed
    # Nor does a seal open in another's row, or in another column.
    with pytest.raises(seals.UnsealableError):
        seals.unseal(desk.settings, row.front, identity.whose(desk.staff, "front"))
    with pytest.raises(seals.UnsealableError):
        seals.unseal(desk.settings, row.front, identity.whose(desk.cast, "back"))


async def test_each_look_is_written_down(desk: Desk) -> None:
    await desk.send()
    found = await desk.do(identity_desk.look, desk.settings, desk.cast, desk.staff)
    assert (found.legal_name, found.has_back) == (NAME, False)
    (act,) = await desk.rows(staff_acts)
    assert (act.actor_id, act.act, act.subject) == (
        desk.staff,
        "identity.look",
        f"user:{desk.cast}",
    )
    given = (desk.settings, desk.cast, desk.staff)
    assert await desk.do(identity_desk.picture, *given, "front") == PICTURE
    assert {row.subject for row in await desk.rows(staff_views)} == {f"identity:{desk.cast}"}
    await refused("identity_unknown", desk.do(identity_desk.picture, *given, "back"))


async def test_a_document_is_gone_after_each_decision(desk: Desk) -> None:
    await desk.send()
    await desk.decline()
    assert await desk.rows(identity_documents) == []
    assert not await desk.is_checked()
    given = (desk.settings, desk.cast, desk.staff)
    await refused("identity_unknown", desk.do(identity_desk.look, *given))
    (notice,) = await desk.rows(notices)
    assert "文字が読めませんでした" in notice.text
    (mail,) = await desk.rows(mails)
    assert "文字が読めませんでした" in mail.text
    # And one may send again, and be checked.
    await desk.send()
    await desk.check()
    assert await desk.is_checked()
    (kept,) = await desk.rows(identity_checks)
    assert kept.words is None


@pytest.mark.parametrize("born", [GROWN + timedelta(days=1), TODAY, TODAY + timedelta(days=1)])
async def test_nobody_under_eighteen_is_checked(desk: Desk, born: date) -> None:
    await desk.send()
    await refused("identity_too_young", desk.check(born))
    assert not await desk.is_checked()
    assert len(await desk.rows(identity_documents)) == 1


async def test_nobody_decides_on_themselves(desk: Desk) -> None:
    await desk.send()
    desk.staff = desk.cast
    await refused("identity_own", desk.check())
    await refused("identity_own", desk.decline())
    values = {"user_id": desk.cast, "state": "checked", "decided_by": desk.cast}
    values |= {"decided_at": sa.func.now(), "legal_name": b"a"}
    with pytest.raises(IntegrityError, match="not_ones_own"):
        await desk.do(lambda tx: tx.execute(sa.insert(identity_checks).values(**values)))


async def test_of_two_who_decide_at_once_one_does(desk: Desk) -> None:
    await desk.send()
    done = await asyncio.gather(desk.check(), desk.decline(), return_exceptions=True)
    (failed,) = [one for one in done if one is not None]
    assert isinstance(failed, UserError)
    assert failed.code == "identity_unknown"
    assert len(await desk.rows(notices)) == 1


async def test_what_waits_is_changed_by_nobody_but_may_be_taken_back(desk: Desk) -> None:
    await desk.send()
    await refused("identity_sent", desk.send())
    await desk.do(identity.take_back, desk.cast)
    assert await desk.rows(identity_documents) == []
    await refused("identity_no_front", desk.do(identity.send, desk.settings, desk.cast, NAME))
    await desk.send()
    await desk.check()
    await refused("identity_done", desk.send())


async def test_without_a_key_nothing_is_taken(desk: Desk) -> None:
    keyless = desk.settings.model_copy(
        update={"demo": False, "secret_key": None, "database_url": "postgresql://elsewhere/a"}
    )
    given = (keyless, desk.cast, "front", PICTURE)
    await refused("identity_closed", desk.do(identity.add_side, *given))
    assert await desk.rows(identity_documents) == []


async def test_a_document_under_a_lost_key_can_still_be_declined(
    desk: Desk, settings: Settings, tmp_path: Any
) -> None:
    await desk.send()
    desk.settings = settings.model_copy(update={"data": tmp_path / "another"})
    given = (desk.settings, desk.cast, desk.staff)
    await refused("identity_unreadable", desk.do(identity_desk.look, *given))
    await refused("identity_unreadable", desk.check())
    await desk.decline()
    assert await desk.rows(identity_documents) == []


async def test_no_more_lie_there_than_may(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST_WAITING", 1)
    await desk.send()
    other = Desk(desk.database, desk.settings)
    other.cast = await desk.do(new_user)
    await refused("identity_crowded", other.send())


async def lapse(desk: Desk) -> int:
    given = (desk.settings, identity_terms.KEPT_DAYS, 10)
    return int(await desk.do(identity_terms.lapse, *given))


async def test_what_nobody_decides_on_goes_after_two_weeks(desk: Desk) -> None:
    await desk.send()
    await desk.age(13.9)
    assert await lapse(desk) == 0
    await desk.age(0.2)
    assert await lapse(desk) == 1
    assert await desk.rows(identity_documents) == []
    assert [row.state for row in await desk.rows(identity_checks)] == ["expired"]
    assert len(await desk.rows(notices)) == 1
    assert await lapse(desk) == 0


async def test_what_is_begun_goes_after_a_day(desk: Desk) -> None:
    await desk.do(identity.add_side, desk.settings, desk.cast, "front", PICTURE)
    await desk.age(0.9)
    assert await lapse(desk) == 0
    await desk.age(0.2)
    assert await lapse(desk) == 1
    assert await desk.rows(identity_documents) == []
    assert await desk.rows(notices) == []


async def remind(desk: Desk) -> int:
    return int(await desk.do(identity_terms.remind, desk.settings, 10))


async def test_casts_from_before_may_go_on_for_a_time_and_are_told_twice(desk: Desk) -> None:
    await desk.may_go_on(30)
    assert await desk.is_checked()
    assert [await remind(desk) for _ in range(2)] == [1, 0]
    await desk.age(22)
    assert await remind(desk) == 0
    await desk.age(2)
    assert [await remind(desk) for _ in range(2)] == [1, 0]
    assert len(await desk.rows(notices)) == 2
    await desk.age(7)
    assert not await desk.is_checked()
    assert await remind(desk) == 0


async def test_who_has_sent_something_is_not_told_to_send_it(desk: Desk) -> None:
    await desk.may_go_on(30)
    await desk.send()
    assert await remind(desk) == 0
    await desk.check()
    assert await remind(desk) == 0


async def test_a_refused_document_takes_no_days_away(desk: Desk) -> None:
    await desk.may_go_on(30)
    await desk.send()
    await desk.decline()
    assert await desk.is_checked()
    await desk.age(31)
    assert not await desk.is_checked()


async def test_the_lists_say_who_waits_and_who_is_not_checked(desk: Desk) -> None:
    async def listed(which: str) -> list[tuple[int, str]]:
        page = await desk.do(identity_list.queue, which, 1, 10)
        return [(one.user_id, one.state) for one in page]

    await desk.send()
    assert await listed("open") == [(desk.cast, "waiting")]
    assert (desk.cast, "none") in await listed("unchecked")
    assert await desk.do(identity_list.waiting) == 1
    await desk.check()
    assert await listed("open") == []
    assert desk.cast not in {user for user, _ in await listed("unchecked")}
    assert await listed("done") == [(desk.cast, "checked")]


@pytest.mark.parametrize("name", ["", "  ", "あ" * 81, "山田\u202e花子", "\u200b"])
def test_a_name_can_be_read(name: str) -> None:
    with pytest.raises(UserError):
        identity.legal_name_of(name)


def test_a_name_stands_on_one_line() -> None:
    assert identity.legal_name_of(" 山田\n花子 ") == "山田 花子"


async def test_nothing_is_left_of_who_is_gone(desk: Desk) -> None:
    await desk.send()
    await desk.may_go_on(3)
    async with desk.database.transaction() as tx:
        await locked(tx, desk.cast)
        await erasure.erase_own(tx, desk.cast)
    assert await desk.rows(identity_documents) == []
    assert await desk.rows(identity_checks) == []


async def locked(tx: Tx, user: int) -> None:
    await identity.lock(tx, user)
