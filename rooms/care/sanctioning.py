"""What staff do to keep others safe from a person: warn, suspend for a time, ban, and lift it.

A suspension or a ban ends at once whatever the person is doing. Each is logged with its reason, and
the person is told in the words of the staff.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from foundation import times
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from foundation.text.written import plain
from notify import inbox
from people.desk import roles, sanctions
from people.desk.sanctions import Standing
from people.sign_in import sessions
from record.acts import log_act, reason_of
from rooms.care import reports, stop_locks, stopping
from rooms.care.stopping import Stopped
from rooms.ground.live import live_talk

MOST_WORDS = 500
MOST_DAYS = 365

# Of each act: the title and the text of what the person is told.
TOLD: Mapping[str, tuple[str, str]] = {
    "warning": (
        N_("ご利用についてのお願い"),
        N_("%(words)s\n\n同じことがくり返されると、ご利用を停止することがあります。"),
    ),
    "suspension": (
        N_("ご利用を一時停止しました"),
        N_(
            "%(until)s まで、ご利用を停止しました。そのあいだはサインインできません。"
            "\n\n理由：%(words)s"
        ),
    ),
    "ban": (
        N_("ご利用を停止しました"),
        N_("ご利用を停止しました。今後はサインインできません。\n\n理由：%(words)s"),
    ),
    "lifted": (
        N_("ご利用の停止を解除しました"),
        N_("ふたたびサインインして、ご利用いただけます。"),
    ),
}


async def warn(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    *,
    reason: str,
    words: str,
    report_id: int | None = None,
) -> None:
    """Warn a person, who reads the words in the inbox and by mail.

    Raises UserError `reason_needed`, `sanction_words_needed` (400), `report_unknown` (404), and
    `person_unknown` (404), `sanction_own`, `sanction_of_staff` (403) or `person_withdrawn`.
    """
    why, said = reason_of(reason), _words(words)
    await sanctions.lock(tx, actor_id, user_id)
    person = await _subject(tx, actor_id, user_id, report_id)
    await sanctions.note(
        tx, user_id, "warning", made_by=actor_id, reason=why, words=said, report_id=report_id
    )
    await log_act(tx, actor_id, "person.warn", f"user:{user_id}", reason=why, **_about(report_id))
    await _tell(tx, settings, person, "warning", words=said)


async def suspend(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    days: int,
    *,
    reason: str,
    words: str,
    report_id: int | None = None,
) -> Stopped:
    """Suspend a person for so many days: nothing of theirs goes on, and they can't come in.

    Of their reservations those end that begin before that. Raises what `warn` raises, and
    `suspension_days` (400).
    """
    why, said = reason_of(reason), _words(words)
    if not 1 <= days <= MOST_DAYS:
        raise UserError(
            "suspension_days", N_("停止する日数は1〜365日で入力してください。"), status=400
        )
    await stop_locks.lock_all(tx, user_id, actor_id)
    person = await _subject(tx, actor_id, user_id, report_id)
    until = await clock(tx) + timedelta(days=days)
    await sanctions.note(
        tx,
        user_id,
        "suspension",
        made_by=actor_id,
        reason=why,
        words=said,
        report_id=report_id,
        until=until,
    )
    about = _about(report_id)
    await log_act(tx, actor_id, "person.suspend", f"user:{user_id}", reason=why, days=days, **about)
    stopped = await _shut_out(tx, settings, user_id, until)
    await _tell(tx, settings, person, "suspension", words=said, until=_when(until, person))
    return stopped


async def ban(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    *,
    reason: str,
    words: str,
    report_id: int | None = None,
) -> Stopped:
    """Ban a person: all that is open ends, and they never come in again, unless it is lifted.

    Raises what `warn` raises, and `person_banned`.
    """
    why, said = reason_of(reason), _words(words)
    await stop_locks.lock_all(tx, user_id, actor_id)
    person = await _subject(tx, actor_id, user_id, report_id)
    if person.state == "banned":
        raise UserError("person_banned", N_("この会員は、すでに利用停止になっています。"))
    await sanctions.note(
        tx, user_id, "ban", made_by=actor_id, reason=why, words=said, report_id=report_id
    )
    await log_act(tx, actor_id, "person.ban", f"user:{user_id}", reason=why, **_about(report_id))
    stopped = await _shut_out(tx, settings, user_id, None)
    await _tell(tx, settings, person, "ban", words=said)
    return stopped


async def lift(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    kind: Literal["suspension", "ban"],
    reason: str,
) -> None:
    """Lift a person's suspension or ban. Raises what `warn` raises, and `nothing_to_lift`."""
    why = reason_of(reason)
    await sanctions.lock(tx, actor_id, user_id)
    person = await _subject(tx, actor_id, user_id, None)
    if not await sanctions.lift(tx, user_id, kind, lifted_by=actor_id, why=why):
        raise UserError("nothing_to_lift", N_("解除する停止はありません。"))
    await log_act(tx, actor_id, "person.lift", f"user:{user_id}", reason=why, kind=kind)
    after = await sanctions.standing(tx, user_id)
    if after is not None and not after.is_shut_out:
        await _tell(tx, settings, person, "lifted")


async def _subject(tx: Tx, actor_id: int, user_id: int, report_id: int | None) -> Standing:
    """Return the person whom an act is about, if this member of staff may; both are locked."""
    if actor_id == user_id:
        raise UserError("sanction_own", N_("ご自分には行えません。"), status=403)
    person, actor = await sanctions.known(tx, user_id), await sanctions.known(tx, actor_id)
    # Meanwhile somebody may have suspended the actor, or taken the role away.
    may = actor.state == "active" and actor.staff_role is not None
    if not may or not roles.may_sanction(actor.staff_role, person.staff_role):
        raise sanctions.only_by_administrators()
    if person.state == "withdrawn":
        raise UserError("person_withdrawn", N_("この会員は退会しています。"))
    if report_id is not None:
        await reports.must_be_about(tx, report_id, user_id)
    return person


def _words(text: str) -> str:
    kept = plain(text)
    if not 1 <= len(kept) <= MOST_WORDS:
        raise UserError(
            "sanction_words_needed",
            N_("会員に伝える言葉を、1〜500文字で入力してください。"),
            status=400,
        )
    return kept


def _about(report_id: int | None) -> dict[str, int]:
    return {} if report_id is None else {"report": report_id}


async def _shut_out(tx: Tx, settings: Settings, user_id: int, until: datetime | None) -> Stopped:
    await sessions.close_all(tx, user_id)
    live = await live_talk(tx, user_id)
    talks = []
    if live is not None:
        talks = await stopping.stop_talk(tx, settings, live.id, "stopped_by_staff")
    gone = await stopping.stop_presence(tx, user_id)
    rooms = await stopping.stop_bookings(tx, settings, user_id, until=until)
    return Stopped([*talks, *gone.talks], sorted({*gone.rooms, *rooms}), gone.turns)


async def _tell(tx: Tx, settings: Settings, person: Standing, what: str, **words: str) -> None:
    title, text = TOLD[what]
    await inbox.tell(
        tx,
        person.user_id,
        kind="safety",
        title=translate(person.locale, title),
        text=translate(person.locale, text, **words),
        site=settings.public_url,
    )


def _when(at: datetime, reader: Standing) -> str:
    return times.moment(at, ZoneInfo(reader.time_zone), reader.locale)
