"""Everything that has an address, in one small site: nothing of it is a stranger's.

All that people wrote is in Latin letters, so that Japanese on an English page is a text without a
translation.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import sqlalchemy as sa
from aiohttp.web import Application
from PIL import Image

from foundation import locks
from foundation.database import Database, Tx, clock
from foundation.settings import Settings
from media.recording.sealing.keys import RecordingKeys
from media.recording.sealing.writer import SealedWriter
from notify import inbox, outbox
from notify.mail import letter
from people.accounts import accounts
from people.accounts.accounts import StaffRole, User
from people.accounts.tables import users
from people.desk import applications, identity, inquiries, notes
from people.meeting import (
    calendar_feeds,
    favourites,
    photos,
    pictures,
)
from people.sign_in import sessions
from people.sign_in.tables import passkeys
from points import ledger
from points.coupons import desk as coupons
from points.desk import proposals
from points.payments.bills import orders, starting
from points.tab import bills, limits, write_offs
from points.tables import tab_bill_lines, tab_payments
from record import alarms
from rooms.applying import applying
from rooms.booking import asking, reservations, timetable
from rooms.care import blocking, claims, reports
from rooms.ground.calling_tables import calls
from rooms.ground.tables import rooms
from rooms.lobby import presence, short_addresses
from rooms.offering import categories
from rooms.questions import writing
from rooms.talk import messages
from rooms.talk.past import history
from tests.media.recording.studio import KEY
from tests.record.texts.saved import save_at
from tests.web.booking.scene import bookable_room, starts
from tests.web.scene import buy, hashed
from tests.world import World
from writing.board import answers, texts
from writing.board import reports as board_reports
from writing.board import writing as board
from writing.chat import saying, taking
from writing.chat import sending as chats
from writing.chat.saying import ChatWords
from writing.chat.sending import ChatToWrite
from writing.ground import answering
from writing.letters import answering as letter_answering
from writing.letters import offers, sending
from writing.letters.offers import LetterOffer
from writing.letters.sending import LetterToSend

# What `about_id` names, by where it stands.
ABOUT = {
    "talks": "talk_id",
    "rooms": "room_id",
    "reservations": "reservation_id",
    "requests": "request_id",
    "messages": "thread_id",
    "letters": "letter_id",
    "chats": "chat_id",
    "applications": "talk_application_id",
    "topics": "topic_id",
    "answers": "answer_id",
}

ROLES: tuple[StaffRole, ...] = ("support", "finance", "administrator")


@dataclass
class House:
    """The people by their names, and by the names of places in addresses what stands there."""

    database: Database
    settings: Settings
    people: dict[str, User] = field(default_factory=dict)
    ids: dict[str, int | str] = field(default_factory=dict)

    @classmethod
    async def fill(cls, database: Database, settings: Settings) -> "House":
        """Make the site. The caller "Kenji" and the cast "Sakura" own all; "Mallory" nothing."""
        house = cls(database, settings)
        async with database.transaction() as tx:
            for name in ("Kenji", "Mallory"):
                house.people[name] = await _person(tx, name)
            for name in ("Sakura", "Eve"):
                house.people[name] = await _person(tx, name, is_cast=True)
            for role in ROLES:
                house.people[role] = await _staff(tx, role)
            await ledger.grant(
                tx, house["Kenji"].id, 50_000, "gift", actor_id=None, key=uuid4().hex
            )
        house.ids["room_id"] = await bookable_room(database, house["Sakura"])
        await _write_in_latin(database)
        house.ids["purchase_id"] = await buy(database, house["Kenji"])
        await house._book()
        house.ids["talk_id"] = await house._talk()
        for name, make in MAKERS.items():
            async with database.transaction() as tx:
                house.ids[name] = await make(house, tx)
        return house

    def __getitem__(self, name: str) -> User:
        return self.people[name]

    async def _book(self) -> None:
        caller, room = self["Kenji"].id, int(self.ids["room_id"])
        free = await starts(self.database, self.settings, room)
        async with self.database.transaction() as tx:
            kept = await reservations.keep(tx, self.settings, room, caller, free[-1], 30)
            await reservations.confirm(tx, self.settings, kept.id, caller, "See you")
        self.ids["reservation_id"] = kept.id

    async def _talk(self) -> int:
        """Let the two talk for two minutes."""
        caller, cast = self["Kenji"].id, self["Sakura"].id
        world = World(self.database, self.settings, caller, cast, int(self.ids["room_id"]))
        async with self.database.transaction() as tx:
            await presence.open_standby(tx, cast, world.room)
        await world.enter()
        await world.beat()
        await world.talk_for(130)
        async with self.database.transaction() as tx:
            await messages.say(tx, self.settings, world.talk, caller, "message-1", "Hello there")
            await history.leave(tx, self.settings, world.talk, cast)
        return world.talk

    def path(self, pattern: str) -> str:
        """Return an address with the ids of what the house has in its places."""
        about = ABOUT.get(pattern.split("/")[1], "")
        named = {**self.ids, "about_id": self.ids.get(about, 0)}
        return re.sub(r"\{(\w+)\}", lambda place: str(named[place[1]]), pattern)


def addresses(app: Application, method: str) -> Iterator[str]:
    """Yield the pattern of every address of the site that answers a method."""
    for route in app.router.routes():
        if route.method == method and route.resource and route.get_info().get("prefix") is None:
            yield route.resource.canonical


async def _person(tx: Tx, nickname: str, *, is_cast: bool = False) -> User:
    made = await accounts.register(
        tx,
        nickname=nickname,
        email=f"{nickname.lower()}@example.jp",
        password_hash=hashed(),
        confirmed=True,
        is_cast=is_cast,
        locale="en",
    )
    assert made
    return made


async def _staff(tx: Tx, role: StaffRole) -> User:
    made = await _person(tx, role.capitalize())
    staff = await accounts.make_staff(tx, made.email, role, reason="test")
    assert staff
    # One of the demo's people needs no second factor there.
    await tx.execute(sa.update(users).where(users.c.id == made.id).values(is_demo=True))
    return staff


async def _write_in_latin(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(title="Tea time", topic="Small talk"))


async def _claim(house: House, tx: Tx) -> int:
    talk = int(house.ids["talk_id"])
    return await claims.file_claim(
        tx, Settings(), talk, house["Kenji"].id, "no_media", "It was dark"
    )


async def _request(house: House, tx: Tx) -> int:
    room = int(house.ids["room_id"])
    soon = (await clock(tx)).replace(second=0, microsecond=0, minute=0) + timedelta(hours=20)
    wishes = [soon, soon + timedelta(hours=1)]
    await tx.execute(sa.update(rooms).where(rooms.c.id == room).values(booking="request"))
    asked = await asking.ask(
        tx, house.settings, room, house["Kenji"].id, wishes, 30, "Some evening"
    )
    await tx.execute(sa.update(rooms).where(rooms.c.id == room).values(booking="direct"))
    return asked.id


async def _proposal(house: House, tx: Tx) -> int:
    made = await proposals.propose(
        tx, house["Kenji"].id, "give", 5000, "An apology",
        actor_id=house["finance"].id, press=uuid4().hex,
    )  # fmt: skip
    assert made
    return made


async def _bill(house: House, tx: Tx) -> int:
    """A bill of Kenji's for the talk, as if it had been on the tab."""
    user_id, talk = house["Kenji"].id, int(house.ids["talk_id"])
    await limits.open_tab(tx, house.settings, user_id)
    line = {"user_id": user_id, "talk_id": talk, "yen": 300}
    await tx.execute(sa.insert(tab_bill_lines).values(line))
    return await bills.put_on_a_bill(tx, user_id, 300, timedelta(days=7))


async def _bill_order(house: House, tx: Tx) -> int:
    made = await starting.start(
        tx, house["Kenji"].id, [int(house.ids["bill_id"])], uuid4().hex, shown=300,
        by=starting.PayBy("demo"),
    )  # fmt: skip
    # As with the purchase, nothing is left to be asked of the provider.
    await orders.note_state(tx, made.id, "canceled")
    return made.id


async def _write_off(house: House, tx: Tx) -> int:
    made = await write_offs.propose(
        tx, int(house.ids["bill_id"]), "Gone", actor_id=house["finance"].id, press=uuid4().hex
    )
    return made.id


async def _bill_payment(house: House, tx: Tx) -> int:
    now = await clock(tx)
    paid = bills.TabPayment("demo", "pi_demo_bill_0", "card", 100, now)
    await bills.settle(tx, house["Kenji"].id, paid)
    return int(await tx.scalar(sa.select(sa.func.max(tab_payments.c.id))) or 0)


async def _alarm(_: House, tx: Tx) -> int:
    await alarms.alarm(tx, "books", "Something is wrong", "subject")
    return int(await tx.scalar(sa.text("SELECT max(id) FROM alarms")) or 0)


async def _mail(house: House, tx: Tx) -> int:
    words = letter("en", "Kenji", "A mail", "It did not arrive.")
    mail = await outbox.post(tx, house["Kenji"].email, words)
    await tx.execute(
        sa.text("UPDATE mails SET next_try_at = NULL, last_error = 'refused' WHERE id = :id"),
        {"id": mail},
    )
    return mail


async def _notice(house: House, tx: Tx) -> int:
    user = house["Kenji"].id
    await inbox.tell(tx, user, kind="test", title="A notice", text="Hello", link="/points")
    return int(await tx.scalar(sa.text("SELECT max(id) FROM notices")) or 0)


async def _change(house: House, tx: Tx) -> int:
    day = (await clock(tx)).date() + timedelta(days=9)
    room = int(house.ids["room_id"])
    await timetable.day_off(tx, house.settings, room, house["Sakura"].id, day)
    return int(await tx.scalar(sa.text("SELECT max(id) FROM hour_exceptions")) or 0)


async def _pack(_: House, tx: Tx) -> int:
    return int(await tx.scalar(sa.text("SELECT min(id) FROM packs")) or 0)


async def _coupon(house: House, tx: Tx) -> int:
    now = await clock(tx)
    times = now, now + timedelta(days=1)
    await coupons.make(tx, "SPRING26", 100, 10, *times, "Spring", actor_id=house["finance"].id)
    return (await coupons.every(tx))[0].id


async def _favourite(house: House, tx: Tx) -> int:
    await favourites.add(tx, house["Kenji"].id, house["Sakura"].id)
    return house["Sakura"].id


async def _person_of_all(house: House, _: Tx) -> int:
    return house["Kenji"].id


async def _feed(house: House, tx: Tx) -> str:
    return await calendar_feeds.renew(tx, house["Kenji"].id)


async def _category(house: House, tx: Tx) -> int:
    return (await categories.in_use(tx))[0].id


async def _photo(house: House, tx: Tx) -> int:
    made = await photos.add(tx, house["Sakura"].id, pictures.redraw(_picture()))
    house.ids |= {"name": made.name, "end": ".webp"}
    return made.id


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), "orange").save(file, "JPEG")
    return file.getvalue()


async def _application(house: House, tx: Tx) -> int:
    await applications.apply(
        tx, house.settings, user_id=house["Kenji"].id, email=house["Kenji"].email, name="Kenji",
        about="Chess", message="I would like to talk about chess.", locale="en",
    )  # fmt: skip
    return int(await tx.scalar(sa.text("SELECT max(id) FROM applications")) or 0)


async def _talk_application(house: House, tx: Tx) -> int:
    room, caller = int(house.ids["room_id"]), house["Kenji"].id
    made, _ = await applying.apply(tx, house.settings, room, caller, 60, "Shall we talk?")
    return made.id


async def _inquiry(house: House, tx: Tx) -> int:
    return await inquiries.ask(
        tx, house.settings, user_id=house["Kenji"].id, email=house["Kenji"].email,
        category="points", text="Where do I see my points?", locale="en",
    )  # fmt: skip


async def _report(house: House, tx: Tx) -> int:
    kenji = house["Kenji"]
    other = await blocking.other_of(tx, "talks", int(house.ids["talk_id"]), kenji.id)
    return await reports.file(tx, kenji.id, other, "talks", "harassment", "Rude words")


async def _identity(house: House, tx: Tx) -> str:
    """A document that waits to be looked at."""
    file = BytesIO()
    Image.new("RGB", (640, 400), "gray").save(file, "WEBP")
    kenji = house["Kenji"].id
    await identity.add_side(tx, house.settings, kenji, "front", file.getvalue())
    await identity.send(tx, house.settings, kenji, "Kenji Yamada")
    return "front"


async def _short_address(house: House, tx: Tx) -> str:
    house.ids |= {"locale": "en", "digest": "0" * 16}
    house.ids |= {"version": 0, "file": "icon-48.png"}
    house.ids |= {"text_name": "terms", "version_number": 1}
    english = {"body_en": "Terms to come", "summary_ja": "x", "summary_en": "New rates"}
    await save_at(tx, house["administrator"].id, 30, **english)
    return await short_addresses.give(tx, int(house.ids["room_id"]))


async def _call(house: House, tx: Tx) -> int:
    """A call by telephone that was called off while it rang."""
    values = {"room_id": int(house.ids["room_id"]), "caller_id": house["Kenji"].id}
    values |= {"cast_id": house["Sakura"].id}
    now = sa.func.clock_timestamp()
    over = {"state": "ended", "why": "called_off", "ended_at": now}
    told = {"ring": "caller_first", "answer": "key", "rate": 120, "line_fee": 20}
    made = sa.insert(calls).values(values | told | over).returning(calls.c.id)
    return int(await tx.scalar(made) or 0)


async def _thread(house: House, tx: Tx) -> int:
    """A question of the caller's, and an answer."""
    caller, cast = house["Kenji"].id, house["Sakura"].id
    room = int(house.ids["room_id"])
    asked = await writing.begin(tx, house.settings, room, caller, "question-1", "What tea is it?")
    await writing.say(tx, asked.thread_id, cast, "answer-1", "Green tea")
    return asked.thread_id


async def _topic(house: House, tx: Tx) -> int:
    """A topic of the caller's, and an answer of the caller's own."""
    kenji, staff = house["Kenji"].id, house["support"].id
    locks.alone(tx)
    draft = texts.draft_of("living", "Which town", "Where would you live?")
    made = await board.write(tx, house.settings, kenji, "topic-press", draft)
    await answers.answer(tx, house.settings, made.id, house["Sakura"].id, "answer-1", "By a river")
    mine = await answers.answer(tx, house.settings, made.id, kenji, "answer-2", "Thank you")
    await board_reports.file(tx, house["Sakura"].id, made.id, None, "other", "Odd")
    await answering.give(tx, house.settings, kenji, "Knows a lot", actor_id=staff)
    line = await tx.scalar(sa.text("SELECT min(id) FROM help_lines WHERE locale = 'en'"))
    house.ids |= {"answer_id": mine, "line_id": int(line or 0)}
    return made.id


async def _letter(house: House, tx: Tx) -> int:
    """A letter of the caller's that was answered."""
    caller, cast = house["Kenji"].id, house["Sakura"].id
    offer = LetterOffer(accepts=True, points=1000, usual_hours=48, most_open=5, takes_tab=False)
    # Its people are locked after what was made before.
    locks.alone(tx)
    settings = house.settings.model_copy(update={"letters": True})
    await offers.set_own(tx, settings, cast, offer)
    written = LetterToSend("Which tea to begin with", offer.points, "letter-1")
    made = await sending.send(tx, settings, cast, caller, written)
    await letter_answering.answer(tx, settings, made, cast, "A mild one")
    return made


async def _chat(house: House, tx: Tx) -> int:
    """A consultation of the caller's that the cast has in charge, with a photo."""
    caller, member = house["Kenji"].id, house["Sakura"].id
    staff = house["administrator"].id
    settings = house.settings.model_copy(update={"chat": True})
    locks.alone(tx)
    await answering.give(tx, settings, member, "Listens well", actor_id=staff)
    locks.alone(tx)
    asked = ChatToWrite("health", "I wake up at night", "Somebody calm", 0, "chat-number-1")
    made = await chats.write(tx, settings, caller, asked)
    locks.alone(tx)
    await taking.take(tx, settings, made, member)
    words = ChatWords("message-1", "What do you dream of?", [pictures.redraw(_picture())])
    await saying.say(tx, settings, made, member, words)
    house.ids["picture"] = str(await tx.scalar(sa.text("SELECT name FROM chat_photos")))
    return made


async def _session(house: House, tx: Tx) -> int:
    await sessions.open_for(tx, house["Kenji"].id, days=1)
    return int(await tx.scalar(sa.text("SELECT max(id) FROM sessions")) or 0)


async def _passkey(house: House, tx: Tx) -> int:
    key = {"credential_id": b"credential", "public_key": b"key", "sign_count": 0, "name": "Phone"}
    made = sa.insert(passkeys).values(user_id=house["Kenji"].id, **key).returning(passkeys.c.id)
    return int(await tx.scalar(made) or 0)


async def _recording(house: House, tx: Tx) -> int:
    """A recording that both agreed to, of whose cast there is a file, if not a playable one."""
    told = {"talk": house.ids["talk_id"], "a": house["Kenji"].id, "b": house["Sakura"].id}
    made = int(await tx.scalar(sa.text(_ASKED), told) or 0)
    for statement in _AGREED:
        named = {name: value for name, value in told.items() if f":{name}" in statement}
        await tx.execute(sa.text(statement), named | {"id": made})
    name = f"{made}-cast-0.webm"
    folder = house.settings.recording_folder
    folder.mkdir(parents=True, exist_ok=True)
    keys = RecordingKeys(KEY)
    writer = SealedWriter(folder / name, keys, name, 0.0, take=lambda size: None)
    writer.write(b"a picture")
    writer.end()
    writer.close()
    house.ids |= {"side": "cast", "part": 0, "matter": "reports"}
    house.ids |= {"trial": "relay", "step": "telecom"}
    house.ids["matter_id"] = house.ids["report_id"]
    return made


async def _payout(house: House, tx: Tx) -> int:
    """A payout of the cast's in a run, and a second one that still waits."""
    house.ids |= {"year": 2026, "month": "2026-11"}
    cast, staff = house["Sakura"].id, house["finance"].id
    for statement in _PAID:
        told = {n: v for n, v in {"cast": cast, "staff": staff}.items() if f":{n}" in statement}
        await tx.execute(sa.text(statement), told)
    house.ids["verdict_id"] = int(await tx.scalar(sa.text("SELECT id FROM payout_verdicts")) or 0)
    house.ids["reversal_id"] = int(await tx.scalar(sa.text("SELECT id FROM payout_reversals")) or 0)
    house.ids["run_id"] = int(await tx.scalar(sa.text("SELECT max(id) FROM payout_runs")) or 0)
    return int(await tx.scalar(sa.text("SELECT min(id) FROM payouts")) or 0)


_PAID = (
    """INSERT INTO bank_accounts (user_id, bank, branch, tail, holder_kind, made_at, effective_at)
    VALUES (:cast, 'Bank', 'Branch', '123', 'person', now(), now())""",
    """INSERT INTO payout_runs (way, state, pay_on, payouts, total, press, made_by)
    VALUES ('request', 'draft', current_date + 400, 1, 4670, 'press', :staff)""",
    """INSERT INTO payouts (user_id, way, state, gross, bank_fee, requested_on, account_id,
      category, seller, tax_percent, run_id)
    SELECT :cast, 'request', 'in_run', 5000, 330, current_date - 1, a.id, 'none', 'cast', 10, r.id
    FROM bank_accounts a, payout_runs r""",
    """INSERT INTO payouts (user_id, way, gross, bank_fee, requested_on)
    VALUES (:cast, 'request', 5000, 330, current_date)""",
    """INSERT INTO payout_verdicts (user_id, verdict, amount, reason, proposed_by)
    VALUES (:cast, 'pay', 100, 'because', :staff)""",
    """INSERT INTO payout_reversals (run_id, kind, payouts, total, reason, proposed_by)
    SELECT id, 'dissolution', 1, 4670, 'because', :staff FROM payout_runs""",
)
_ASKED = """
INSERT INTO recordings (talk_id, asked_by, lapses_at, keep_days)
VALUES (:talk, 'caller', clock_timestamp() + interval '1 minute', 30) RETURNING id"""
_AGREED = (
    """
INSERT INTO recording_consents (recording_id, side, user_id, version, locale, wording)
VALUES (:id, 'caller', :a, 1, 'en', 'Words'), (:id, 'cast', :b, 1, 'en', 'Words')""",
    """
UPDATE recordings SET caller_consent = 'caller', cast_consent = 'cast', state = 'ended',
  agreed_at = now(), ended_at = now(), end_reason = 'talk_over',
  keep_until = now() + interval '30 days' WHERE id = :id""",
    """
INSERT INTO recording_parts
  (recording_id, side, part, name, media_type, begun_at, length_ms, size, whole)
VALUES (:id, 'cast', 0, :id || '-cast-0.webm', 'video/webm', now(), 9, 9, true)""",
)


# In the order in which one needs the other.
async def _note(house: House, tx: Tx) -> int:
    await notes.add(tx, house["Kenji"].id, house["support"].id, "Answers quickly")
    return int(await tx.scalar(sa.text("SELECT max(id) FROM staff_notes")) or 0)


async def _job(_: House, tx: Tx) -> int:
    """A job that was given up."""
    made = "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
    given_up = sa.text(f"{made} VALUES ('test', 'test', '{{}}', 'failed') RETURNING id")
    return int(await tx.scalar(given_up) or 0)


MAKERS: dict[str, Callable[[House, Tx], Awaitable[int | str]]] = {
    "claim_id": _claim,
    "call_id": _call,
    "request_id": _request,
    "bill_id": _bill,
    "order_id": _bill_order,
    "write_off_id": _write_off,
    "payment_id": _bill_payment,
    "proposal_id": _proposal,
    "alarm_id": _alarm,
    "mail_id": _mail,
    "notice_id": _notice,
    "change_id": _change,
    "pack_id": _pack,
    "coupon_id": _coupon,
    "cast_id": _favourite,
    "user_id": _person_of_all,
    "token": _feed,
    "photo_id": _photo,
    "category_id": _category,
    "application_id": _application,
    "inquiry_id": _inquiry,
    "report_id": _report,
    "face": _identity,
    "code": _short_address,
    "recording_id": _recording,
    "thread_id": _thread,
    "topic_id": _topic,
    "letter_id": _letter,
    "chat_id": _chat,
    "session_id": _session,
    "passkey_id": _passkey,
    "talk_application_id": _talk_application,
    "payout_id": _payout,
    "note_id": _note,
    "job_id": _job,
}
