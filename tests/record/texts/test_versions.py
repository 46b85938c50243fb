"""A version of a text is saved once, holds from its moment, and is never changed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from foundation.database import Database, clock
from foundation.errors import UserError
from record import act_list
from record.texts import rules, versions
from record.texts.tables import MOST_CHARACTERS
from tests.record.texts.saved import save, save_at, written
from tests.world import new_user


async def test_the_one_that_has_come_latest_holds(database: Database) -> None:
    async with database.transaction() as tx:
        staff = await new_user(tx)
        assert await versions.holding(tx, "terms") is None
        await save_at(tx, staff, -2, body="二日前")
        await save_at(tx, staff, 3, body="三日後")
        await save_at(tx, staff, -1, body="昨日")
        await save_at(tx, staff, -1, body="昨日のなおし")
        await save_at(tx, staff, 5, body="五日後")
        holds, ahead = await versions.holding(tx, "terms"), await versions.ahead(tx, "terms")
        assert holds is not None
        assert ahead is not None
        assert (holds.body_ja, ahead.body_ja) == ("昨日のなおし", "三日後")
        states = [one.state for one in await versions.listed(tx, "terms")]
        assert states == ["ahead", "holds", "before", "ahead", "before"]
        assert await versions.holding(tx, "faq") is None


async def test_of_two_who_write_at_once_one_learns_of_the_other(database: Database) -> None:
    async with database.transaction() as tx:
        staff, other = await new_user(tx), await new_user(tx)
        first = written("faq", "ひとりめ")
        await versions.save(tx, first, base=0, holds_from=None, actor_id=staff)
        second = written("faq", "ふたりめ")
        with pytest.raises(UserError) as refused:
            await versions.save(tx, second, base=0, holds_from=None, actor_id=other)
        assert refused.value.code == "text_changed"
        assert await versions.latest_number(tx, "faq") == 1


async def test_no_version_is_changed_or_deleted(database: Database) -> None:
    async with database.transaction() as tx:
        await save(tx, await new_user(tx))
    for statement in ("UPDATE site_texts SET body_ja = 'x'", "DELETE FROM site_texts"):
        with pytest.raises(DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(sa.text(statement))


async def test_none_holds_from_a_moment_that_is_over(database: Database) -> None:
    async with database.transaction() as tx:
        staff, now = await new_user(tx), await clock(tx)
        for days, code in ((-1, "holds_in_past"), (400, "holds_too_late")):
            moment = now + timedelta(days=days)
            with pytest.raises(UserError) as refused:
                await versions.save(tx, written(), base=0, holds_from=moment, actor_id=staff)
            assert refused.value.code == code


async def test_the_log_names_what_was_and_what_is(database: Database) -> None:
    async with database.transaction() as tx:
        staff = await new_user(tx)
        first, second = await save(tx, staff, body="前"), await save(tx, staff, body="後")
        [act, _] = (await act_list.acts(tx, 1, 10, "text:terms")).items
        assert act.actor_id == staff
        assert act.detail["before"] == {"version": 1, "sha256": first.hash}
        assert (act.detail["after"]["version"], act.detail["after"]["sha256"]) == (2, second.hash)
        assert first.hash != second.hash


def test_a_text_is_bounded_and_hides_nothing() -> None:
    assert rules.body_of(" \n\u3000") is None
    assert rules.body_of("\n    一\n") == "    一"
    assert rules.body_of("あ\r\nい\tう") == "あ\nい    う"
    assert len(rules.body_of("あ" * MOST_CHARACTERS) or "") == MOST_CHARACTERS
    for text, code in (
        ("あ" * (MOST_CHARACTERS + 1), "text_long"),
        ("一行\n二行\u202eうら", "text_hidden"),
        ("見え\u200bない", "text_hidden"),
        ("\ufeff始め", "text_hidden"),
        ("札\U000e0041", "text_hidden"),
    ):
        with pytest.raises(UserError) as refused:
            rules.body_of(text)
        assert refused.value.code == code
    with pytest.raises(UserError) as refused:
        rules.body_of("一行\n二行\u202eうら")
    assert refused.value.params == {"line": 2, "character": "U+202E"}


def test_who_is_asked_to_agree_is_told_why() -> None:
    rules.must_say_what("terms", "料金", to_agree=True)
    rules.must_say_what("faq", "", to_agree=False)
    for name, summary, code in (
        ("terms", "", "summary_missing"),
        ("faq", "x", "never_agreed_to"),
    ):
        with pytest.raises(UserError) as refused:
            rules.must_say_what(name, summary, to_agree=True)
        assert refused.value.code == code
