"""The verb that does an act of staff writes it into the log, whichever door calls it."""

import ast
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.settings import Settings
from notify import outbox
from notify.mail import Letter
from people.accounts import accounts
from people.desk import application_list, applications, dead_letters, inquiries, search
from people.meeting.tables import applications as application_table
from people.sign_in import second_factors
from points import ledger
from points.desk import adjustments
from record import act_list, alarm_list, alarms
from rooms.care import claims, report_list, reports
from rooms.care.blocking import Other
from rooms.care.desk import claim_cases
from rooms.talk.past import history
from tests.world import World, new_user

ROOT = Path(__file__).parents[2]
DOORS = ("web", "signaling", "scheduler", "cli")
# What only a verb of the domain may call, by module and function.
VERBS_ONLY = {"record.acts": "log_act", "people.desk.staff_views": "note"}
WHY = "お詫び"


@pytest.mark.parametrize("door", DOORS)
def test_no_door_writes_what_staff_did_or_looked_at(door: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / door).rglob("*.py"))
        for line, name in written_in(ast.parse(path.read_text()))
    ]
    assert not found, (
        "A door calls the verb, and the verb writes the act: else the same verb, called by another"
        f" door, leaves no trace. Move these calls into the verbs: {found}"
    )


def written_in(module: ast.Module) -> list[tuple[int, str]]:
    """Where a module names one of `VERBS_ONLY`, however it imports it."""
    found = []
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            named = {alias.name for alias in node.names}
            found += [(node.lineno, name) for name in named & {VERBS_ONLY.get(node.module or "")}]
        if isinstance(node, ast.Attribute):
            origin = f"{ast.unparse(node.value)}".rsplit(".", 1)[-1]
            modules = {module.rsplit(".", 1)[1]: name for module, name in VERBS_ONLY.items()}
            if node.attr == "log_act" or modules.get(origin) == node.attr:
                found.append((node.lineno, f"{origin}.{node.attr}"))
    return [(line, str(name)) for line, name in found]


@pytest.mark.parametrize(
    "code",
    [
        "from record.acts import log_act",
        "from record.acts import reason_of, log_act as told",
        "from record import acts\nacts.log_act(1)",
        "import record.acts\nrecord.acts.log_act(1)",
        "from people.desk import staff_views\nstaff_views.note(1)",
        "from people.desk.staff_views import note",
    ],
)
def test_no_way_of_importing_hides_such_a_call(code: str) -> None:
    assert written_in(ast.parse(code))


def test_reading_the_log_is_no_writing() -> None:
    code = "from record import act_list\nact_list.acts(1)\nfrom people.desk import staff_views"
    assert written_in(ast.parse(f"{code}\nstaff_views.views(1)")) == []


@dataclass
class Desk:
    """A member of staff, and what the two logs say."""

    database: Database
    settings: Settings
    actor: int

    async def do(self, verb: Callable[..., Awaitable[Any]], *values: Any, **named: Any) -> Any:
        """Call a verb in a transaction of its own, as any door does."""
        async with self.database.transaction() as tx:
            return await verb(tx, *values, **named)

    async def log(self) -> list[tuple[int | None, str, str, str]]:
        """Every act: whose, what, about what and why; the earliest first."""
        acts = await self.do(act_list.acts, 1, 50)
        return [(act.actor_id, act.act, act.subject, act.reason) for act in acts][::-1]

    async def looked(self) -> set[tuple[int, str]]:
        """Who looked at which matters."""
        async with self.database.transaction() as tx:
            rows = await tx.execute(sa.text("SELECT viewer_id, subject FROM staff_views"))
            return {(int(viewer), str(subject)) for viewer, subject in rows}


@pytest.fixture
async def desk(database: Database, settings: Settings) -> Desk:
    """A desk at which nothing was done yet."""
    async with database.transaction() as tx:
        actor = await new_user(tx, "スタッフ")
    return Desk(database, settings, actor)


async def _applied(tx: Tx, settings: Settings, email: str) -> int:
    words = {"name": "山田", "about": "旅の話", "message": "話すのが好きです", "locale": "ja"}
    await applications.apply(tx, settings, user_id=None, email=email, **words)
    table = application_table
    return int(await tx.scalar(sa.select(table.c.id).where(table.c.email == email)) or 0)


async def _asked(tx: Tx, settings: Settings) -> int:
    asked: dict[str, Any] = {"category": "points", "text": "買えません", "locale": "ja"}
    return await inquiries.ask(tx, settings, user_id=None, email="a@test.example", **asked)


@pytest.mark.parametrize("how", ["approve", "decline"])
async def test_deciding_an_application_is_logged_by_the_verb(desk: Desk, how: str) -> None:
    application = await desk.do(_applied, desk.settings, "nobody@test.example")
    verb = getattr(applications, how)
    await desk.do(verb, desk.settings, application, desk.actor, WHY)
    wanted = (desk.actor, f"application.{how}", f"application:{application}", WHY)
    assert await desk.log() == [wanted]
    with pytest.raises(UserError, match="application_decided"):
        await desk.do(verb, desk.settings, application, desk.actor, WHY)
    assert await desk.log() == [wanted]


async def test_deciding_the_application_of_an_account_is_logged_about_the_account(
    desk: Desk,
) -> None:
    member = await desk.do(new_user)
    email = (await desk.do(accounts.find_user, member)).email
    application = await desk.do(_applied, desk.settings, email)
    await desk.do(applications.approve, desk.settings, application, desk.actor, WHY * 300)
    (act,) = await desk.do(act_list.acts, 1, 50, f"user:{member}")
    assert (act.act, act.detail) == ("application.approve", {"application": application})
    assert act.reason == (WHY * 300)[:500]


async def test_answering_an_inquiry_is_logged_by_the_verb_without_the_words(desk: Desk) -> None:
    asked = await desk.do(_asked, desk.settings)
    await desk.do(inquiries.answer, desk.settings, asked, desk.actor, "お電話ください。")
    assert await desk.log() == [(desk.actor, "inquiry.answer", f"inquiry:{asked}", "points")]


async def test_closing_an_inquiry_is_logged_by_the_verb_and_needs_a_reason(desk: Desk) -> None:
    asked = await desk.do(_asked, desk.settings)
    with pytest.raises(UserError, match="reason_needed"):
        await desk.do(inquiries.close, asked, desk.actor, " ")
    assert await desk.log() == []
    await desk.do(inquiries.close, asked, desk.actor, "広告")
    assert await desk.log() == [(desk.actor, "inquiry.close", f"inquiry:{asked}", "広告")]


async def test_taking_care_of_an_alarm_is_logged_by_the_verb(desk: Desk) -> None:
    await desk.do(alarms.alarm, "book_differs", "違います（%(n)s）。", "purchase:1", n=3)
    (alarm,) = await desk.do(alarm_list.listed, 1, 50)
    await desk.do(alarm_list.mark_seen, alarm.id, desk.actor)
    wanted = (desk.actor, "alarm.see", f"alarm:{alarm.id}", "違います（3）。")
    assert await desk.log() == [wanted]
    with pytest.raises(UserError, match="alarm_seen"):
        await desk.do(alarm_list.mark_seen, alarm.id, desk.actor)
    assert await desk.log() == [wanted]


async def test_sending_a_mail_again_is_logged_by_the_verb(desk: Desk) -> None:
    mail_id = await desk.do(outbox.post, "a@test.example", Letter("件名", "本文", "<p>本文</p>"))
    with pytest.raises(UserError, match="mail_unknown"):
        await desk.do(dead_letters.send_again, mail_id, desk.actor)
    mail = await desk.do(outbox.take, mail_id)
    await desk.do(outbox.failed, mail, "no such box", final=True)
    await desk.do(dead_letters.send_again, mail_id, desk.actor)
    assert await desk.log() == [(desk.actor, "mail.send_again", f"mail:{mail_id}", "no such box")]


async def test_making_somebody_staff_is_logged_by_the_verb(desk: Desk) -> None:
    member = await desk.do(accounts.find_user, await desk.do(new_user))
    await desk.do(accounts.make_staff, "nobody@test.example", "support", reason=WHY)
    await desk.do(accounts.make_staff, member.email, "support", reason=WHY)
    assert await desk.log() == [(None, "staff.make", f"user:{member.id}", WHY)]


async def test_taking_second_factors_is_logged_by_the_verb(desk: Desk) -> None:
    member = await desk.do(accounts.find_user, await desk.do(new_user))
    await desk.do(second_factors.reset, desk.settings, member, actor_id=None, reason=WHY)
    assert await desk.log() == [(None, "second_factor.reset", f"user:{member.id}", WHY)]


async def test_points_from_the_console_are_logged_by_the_verb_once_a_key(desk: Desk) -> None:
    member = await desk.do(new_user)
    given = [
        await desk.do(adjustments.give_from_console, desk.settings, member, 70, WHY, "cli:once")
        for _ in range(2)
    ]
    assert given == [True, False]
    assert await desk.do(ledger.spendable, member) == 70
    assert await desk.log() == [(None, "points.give", f"user:{member}", WHY)]


async def test_reading_private_matters_is_noted_by_the_verb_that_reads_them(desk: Desk) -> None:
    application = await desk.do(_applied, desk.settings, "a@test.example")
    asked = await desk.do(_asked, desk.settings)
    member = await desk.do(new_user)
    await desk.do(application_list.queue, "open", 1, 9, desk.actor)
    await desk.do(inquiries.queue, "open", 1, 9, desk.actor)
    await desk.do(search.person, member, desk.actor)
    assert await desk.do(search.person, 2**40, desk.actor) is None
    seen = {f"application:{application}", f"inquiry:{asked}", f"user:{member}"}
    assert await desk.looked() == {(desk.actor, subject) for subject in seen}


async def test_reading_claims_reports_and_what_was_written_is_noted(desk: Desk) -> None:
    world = await World.of(desk.database, desk.settings)
    await world.enter()
    await world.beat()
    await world.talk_for(61)
    await desk.do(history.leave, desk.settings, world.talk, world.caller)
    claim = await desk.do(
        claims.file_claim, desk.settings, world.talk, world.caller, "no_media", ""
    )
    about = Other(world.cast, "さくら", None, world.talk, world.room)
    report = await desk.do(reports.file, world.caller, about, "talks", "other", "困りました")
    await desk.do(claim_cases.opened, claim, desk.actor)
    await desk.do(report_list.report, report, desk.actor)
    assert await desk.looked() == {(desk.actor, f"claim:{claim}"), (desk.actor, f"report:{report}")}
    await desk.do(report_list.chat, report, desk.actor)
    assert (desk.actor, f"talk:{world.talk}") in await desk.looked()
