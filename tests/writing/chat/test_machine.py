"""Consultations against a plain model, on real PostgreSQL, the books proved after every step."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks
from points import audit, ledger
from rooms.care import blocking
from rooms.talk import caps
from tests.conftest import Owner
from tests.machines import run_machine
from tests.world import new_user
from tests.writing.chat.chatted import CHOICE, MOMENTS
from tests.writing.chat.model import DAYS, PRICE, ModelChat
from writing.chat import days, ending, handing_over, locked, members, saying, taking
from writing.chat.clock import lapsing
from writing.chat.saying import ChatWords
from writing.chat.sending import ChatToWrite
from writing.ground.tables import answering_members

T = TypeVar("T")
STEPS = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    # A shorter example is no easier to read here, and takes minutes to find.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
POINTS, MOST_OPEN = 20_000, 3
# The latest ones, the last first.
CHATS = st.integers(0, 3)
# Who writes in a day, in this order; nobody, where it is empty.
SAYS = st.sampled_from(["", "", "member", "caller", "member caller", "caller member"])
# What happens seldom.
SELDOM = st.integers(0, 3)
_keys = itertools.count(1)


class Consultations(RuleBasedStateMachine):
    """Two callers and three members who ask, take, write, hand over, end, block; and the clock."""

    database: Database
    owner: Database
    runner: asyncio.Runner
    settings: Settings

    def run(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        async def within() -> T:
            async with self.database.transaction() as tx:
                return await verb(tx, *args, **more)

        return self.runner.run(within())

    def code_of(self, verb: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> str:
        """What came of a verb: "" where it was done, else the code of the refusal."""
        try:
            self.run(verb, *args, **more)
        except UserError as error:
            return error.code
        return ""

    @initialize()
    def people(self) -> None:
        self.callers = [self.run(new_user, f"客{n}", points=POINTS) for n in range(2)]
        self.members = [self.run(new_user, f"答{n}") for n in range(3)]
        for one in self.members:
            self.run(self._be_member, one)
        self.all: dict[int, ModelChat] = {}
        self.blocked: set[tuple[int, int]] = set()
        for caller in (0, 1):
            self.write(caller, None)
            self.take(0, caller)

    @staticmethod
    async def _be_member(tx: Tx, user_id: int) -> None:
        await tx.execute(sa.insert(answering_members).values(user_id=user_id))
        await members.set_own(tx, user_id, CHOICE)

    def nth(self, number: int) -> ModelChat | None:
        latest = list(reversed(self.all.values()))
        return latest[number] if number < len(latest) else None

    def load(self, member: int) -> int:
        return sum((one.member, one.state) == (member, "running") for one in self.all.values())

    def open_of(self, caller: int) -> int:
        return sum(one.caller == caller and one.is_open for one in self.all.values())

    @rule(caller=st.integers(0, 1), to=st.sampled_from([None, None, 0, 1, 2]))
    def write(self, caller: int, to: int | None) -> None:
        who, whom = self.callers[caller], None if to is None else self.members[to]
        asked = ChatToWrite("work", "相談です", "", PRICE, f"press-{next(_keys):05}", whom)
        expected = ""
        if whom is not None and ((who, whom) in self.blocked or self.load(whom) >= MOST_OPEN):
            expected = "chat_member_off"
        elif self.open_of(who) >= 3:
            expected = "chats_open"
        assert self.code_of(caps.send_chat, self.settings, who, asked) == expected
        if expected:
            return
        made = int(self.run(lambda tx: tx.scalar(sa.text("SELECT max(id) FROM chats"))) or 0)
        self.all[made] = ModelChat(made, who, whom, whom is None)

    @rule(chat=CHATS, member=st.integers(0, 2))
    def take(self, chat: int, member: int) -> None:
        one, who = self.nth(chat), self.members[member]
        if one is None:
            return
        code = self.code_of(taking.take, self.settings, one.id, who)
        if (one.state, one.member) == ("running", who):
            assert code == ""
        elif not (one.to_all or one.nominee == who) or (one.caller, who) in self.blocked:
            assert code == "chat_unknown"
        elif one.state in ("running", "ended"):
            assert code == "chat_taken"
        elif one.state != "waiting" or one.age >= 3:
            assert code == "chat_gone"
        elif self.load(who) >= MOST_OPEN:
            assert code == "chat_load_full"
        else:
            assert code == ""
            one.take(who)

    @rule(chat=CHATS, by=st.sampled_from(["caller", "member"]))
    def say(self, chat: int, by: str) -> None:
        one = self.nth(chat)
        if one is None or not one.member:
            return
        who = one.caller if by == "caller" else one.member
        words = ChatWords(f"press-{next(_keys):05}", "はい")
        code = self.code_of(saying.say, self.settings, one.id, who, words)
        past = one.states[-1] == "h" and len(one.days) > DAYS
        if one.state != "running" or past or ("h" in one.states and one.is_silent()):
            assert code == "chat_over"
            return
        assert code == ""
        if "h" in one.states:
            one.settle(len(one.days) - 1)
        one.write(by)

    @rule(chat=CHATS, by=st.sampled_from(["caller", "member"]), seldom=SELDOM)
    def end(self, chat: int, by: str, seldom: int) -> None:
        one = self.nth(chat)
        if one is None or not one.member or seldom:
            return
        who = one.caller if by == "caller" else one.member
        assert self.code_of(ending.end, self.settings, one.id, who) == ""
        if one.state == "running":
            one.close("ended", by)

    @rule(chat=CHATS, by=st.sampled_from(["caller", "member"]))
    def reopen(self, chat: int, by: str) -> None:
        one = self.nth(chat)
        if one is None or not one.member:
            return
        who = one.caller if by == "caller" else one.member
        code = self.code_of(ending.reopen, self.settings, one.id, who)
        if one.state == "running":
            assert code == ""
            return
        by_one = one.state == "ended" and one.how in ("caller", "member")
        unpaid = by == "caller" and "r" in one.states
        if not by_one or one.reopened or unpaid or one.since_end >= 7:
            assert code == "chat_not_reopened"
        elif (one.caller, one.member) in self.blocked:
            assert code == "chat_away"
        elif by == "caller" and self.open_of(one.caller) >= 3:
            assert code == "chats_open"
        elif by == "member" and self.load(one.member) >= MOST_OPEN:
            assert code == "chat_load_full"
        else:
            assert code == ""
            one.state, one.how, one.reopened = "running", None, True

    @rule(chat=CHATS, seldom=SELDOM)
    def withdraw(self, chat: int, seldom: int) -> None:
        one = self.nth(chat)
        if one is None or seldom:
            return
        code = self.code_of(ending.withdraw, one.id, one.caller)
        if one.state == "waiting":
            one.close("withdrawn")
        assert code == ("" if one.state == "withdrawn" else "chat_taken_back")

    @rule(chat=CHATS)
    def open_to_all(self, chat: int) -> None:
        one = self.nth(chat)
        if one is None:
            return
        code = self.code_of(ending.open_to_all, one.id, one.caller)
        assert code == ("" if one.state == "waiting" else "chat_gone")
        one.to_all = one.to_all or one.state == "waiting"

    @rule(chat=CHATS, to=st.integers(0, 2))
    def offer(self, chat: int, to: int) -> None:
        one, whom = self.nth(chat), self.members[to]
        if one is None or not one.member:
            return
        code = self.code_of(handing_over.offer, self.settings, one.id, one.member, whom)
        if one.state != "running":
            assert code == "chat_over"
        elif one.offered is not None:
            assert code == ("" if one.offered == whom else "handover_open")
        elif whom == one.member:
            assert code == "chat_member_off"
        elif (one.caller, whom) in self.blocked:
            assert code == "chat_away"
        elif self.load(whom) >= MOST_OPEN:
            assert code == "chat_load_full"
        else:
            assert code == ""
            one.offered = whom

    @rule(chat=CHATS, yes=st.sampled_from([True, True, False]))
    def hand_over(self, chat: int, yes: bool) -> None:
        one = self.nth(chat)
        if one is None or one.offered is None:
            return
        agree = (handing_over.agree, self.settings, one.id, one.caller)
        assert self.code_of(*agree, yes=yes) == ""
        whom = one.offered
        if not yes:
            one.offered = None
            return
        code = self.code_of(handing_over.take_over, self.settings, one.id, whom)
        assert code == ("chat_load_full" if self.load(whom) >= MOST_OPEN else "")
        if not code:
            one.member, one.offered = whom, None

    @rule(says=st.lists(SAYS, min_size=4, max_size=4), comes=st.booleans())
    def a_day_passes(self, says: list[str], comes: bool) -> None:
        for number, who in enumerate(says):
            for by in who.split():
                self.say(number, by)
        self.pass_a_day()
        if comes:
            self.the_clock_comes()

    @rule(says=st.lists(SAYS, min_size=4, max_size=4))
    def two_days_pass(self, says: list[str]) -> None:
        for comes in (True, False):
            self.a_day_passes(says, comes)

    def pass_a_day(self) -> None:
        async def later() -> None:
            async with self.owner.transaction() as tx:
                for table, moments in MOMENTS.items():
                    if table != "chat_members":
                        sets = ", ".join(f"{one} = {one} - :shift" for one in moments)
                        shift = {"shift": timedelta(days=1.0005)}
                        await tx.execute(sa.text(f"UPDATE {table} SET {sets}"), shift)

        self.runner.run(later())
        for one in self.all.values():
            one.pass_a_day()

    @rule()
    def the_clock_comes(self) -> None:
        for work in (lapsing.lapse, lapsing.ask, lapsing.settle):
            while self.run(work, self.settings):
                pass
        for one in self.all.values():
            one.clock()

    @rule(caller=st.integers(0, 1), member=st.integers(0, 2), by_member=SELDOM)
    def block(self, caller: int, member: int, by_member: int) -> None:
        if by_member > 1:
            return
        who, whom = self.callers[caller], self.members[member]
        pair = (whom, who) if by_member else (who, whom)
        self.run(blocking.block, self.settings, *pair, 0)
        self.blocked.add((who, whom))
        for one in self.all.values():
            if (one.caller, one.member, one.state) == (who, whom, "running"):
                one.close("stopped")
            elif one.caller == who and one.offered == whom:
                one.offered = None

    @rule()
    def all_make_up(self) -> None:
        for who, whom in self.blocked:
            self.run(blocks.unblock, who, whom)
            self.run(blocks.unblock, whom, who)
        self.blocked.clear()

    # What always holds

    @invariant()
    def states_are_the_models(self) -> None:
        for one in getattr(self, "all", {}).values():
            row = self.run(locked.find, one.id)
            assert (row.state, row.ended_how) == (one.state, one.how)
            assert (row.member_id or 0) == one.member
            found = "".join(day.state[0] for day in self.run(days.of, one.id))
            assert found == one.states

    @invariant()
    def money_is_the_models(self) -> None:
        for caller in getattr(self, "callers", []):
            held = sum(one.held for one in self.all.values() if one.caller == caller)
            assert self.run(ledger.spendable, caller) == POINTS - held
        for member in getattr(self, "members", []):
            earned = sum(one.earned(member) for one in self.all.values())
            assert self.run(earnings_of, member) == earned

    @invariant()
    def books_are_right(self) -> None:
        assert [proof.name for proof in self.run(audit.prove) if proof.broken] == []


async def earnings_of(tx: Tx, member: int) -> int:
    query = sa.text(
        "SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id"
        " WHERE w.kind = 'earnings' AND w.user_id = :user"
    )
    return int(await tx.scalar(query, {"user": member}) or 0)


@pytest.mark.timeout(900)
def test_consultations_do_what_the_model_does(
    postgres: EmbeddedPostgres, server_owner: Owner
) -> None:
    ours = Settings(chat=True, chat_points=PRICE, chat_days=DAYS, chats_a_day=1000, fee_percent=20)
    run_machine(Consultations, STEPS, postgres, server_owner, settings=ours)
