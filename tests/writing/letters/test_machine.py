"""Letters against a plain model, on real PostgreSQL, the books proved after every step."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from foundation.database import Database, Tx
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks
from points import audit, ledger
from points.rules import Pays, share_given_back, share_of
from rooms.care import blocking, decisions
from rooms.care.letters import letter_claims
from rooms.talk import billing, caps
from tests.conftest import Owner
from tests.machines import run_machine
from tests.world import TAB, new_user
from writing.letters import answering, asking_back, lapsing, locked, offers
from writing.letters.offers import LetterOffer
from writing.letters.sending import LetterToSend

T = TypeVar("T")
STEPS = settings(
    max_examples=10,
    stateful_step_count=30,
    deadline=None,
    # A shorter example is no easier to read here, and takes minutes to find.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
POINTS, LIMIT = 20_000, 8000
FEE = 20
_keys = itertools.count(1)


@dataclass
class ModelLetter:
    """A letter as it must be: its state, what its caller paid of it, what its cast earned."""

    id: int
    caller: int
    cast: int
    pays: Pays
    points: int
    state: str = "sent"
    due: bool = False
    paid: int = 0
    earned: int = 0
    asked_back: bool = False
    answered_back: bool = False
    claimed: bool = False


class Letters(RuleBasedStateMachine):
    """Two callers and two casts who write, block, claim; and the clock."""

    database: Database
    owner: Database
    runner: asyncio.Runner
    settings: Settings
    letters = Bundle("letters")
    claims = Bundle("claims")

    def run(self, verb: Callable[..., Awaitable[T]], *args: Any, **more: Any) -> T:
        async def within() -> T:
            async with self.database.transaction() as tx:
                return await verb(tx, *args, **more)

        return self.runner.run(within())

    def code_of(self, verb: Callable[..., Awaitable[Any]], *args: Any) -> str:
        """What came of a verb: "" where it was done, else the code of the refusal."""
        try:
            self.run(verb, *args)
        except UserError as error:
            return error.code
        return ""

    @initialize()
    def people(self) -> None:
        self.callers = [self.run(new_user, f"客{n}", points=POINTS) for n in range(2)]
        self.casts = [self.run(new_user, f"出{n}") for n in range(2)]
        self.prices: dict[int, int] = {}
        self.all: dict[int, ModelLetter] = {}
        self.blocked: set[tuple[int, int]] = set()
        self.staff = self.run(new_user, "スタッフ")
        for cast in self.casts:
            self.offer(self.casts.index(cast), 1000)

    @rule(cast=st.integers(0, 1), points=st.sampled_from([100, 333, 1000, 2501]))
    def offer(self, cast: int, points: int) -> None:
        wanted = LetterOffer(True, points, 48, 2, takes_tab=True)
        self.run(offers.set_own, self.settings, self.casts[cast], wanted)
        self.prices[self.casts[cast]] = points

    def spendable(self, caller: int, pays: Pays) -> int:
        mine = [one for one in self.all.values() if (one.caller, one.pays) == (caller, pays)]
        held = sum(one.points if one.state == "sent" else one.paid for one in mine)
        return (POINTS if pays == "points" else LIMIT) - held

    @rule(
        target=letters,
        caller=st.integers(0, 1),
        cast=st.integers(0, 1),
        pays=st.sampled_from(["points", "tab"]),
    )
    def send(self, caller: int, cast: int, pays: Pays) -> Any:
        who, whom = self.callers[caller], self.casts[cast]
        price = self.prices[whom]
        written = LetterToSend("相談です", price, f"press-{next(_keys):05}", pays)
        waiting = [one for one in self.all.values() if one.cast == whom and one.state == "sent"]
        expected = ""
        if (who, whom) in self.blocked:
            expected = "letters_off"
        elif any(one.caller == who for one in waiting):
            expected = "letter_waiting"
        elif self.spendable(who, pays) < price:
            expected = "points_short" if pays == "points" else "tab_short"
        code = self.code_of(caps.send_letter, self.settings, whom, who, written)
        assert code == expected
        if code:
            return None
        made = self.run(lambda tx: tx.scalar(sa.text("SELECT max(id) FROM letters")))
        self.all[int(made)] = ModelLetter(int(made), who, whom, pays, price)
        return int(made)

    @rule(letter=letters)
    def answer(self, letter: int | None) -> None:
        one = self.all.get(letter or 0)
        if one is None:
            return
        code = self.code_of(answering.answer, self.settings, one.id, one.cast, "答えです")
        if one.state == "sent" and not one.due:
            assert code == ""
            one.state, one.paid = "answered", one.points
            one.earned = share_of(one.points, FEE)
        else:
            assert code == ("" if one.state == "answered" else "letter_over")

    @rule(letter=letters)
    def ask_back(self, letter: int | None) -> None:
        one = self.all.get(letter or 0)
        if one is None:
            return
        code = self.code_of(asking_back.ask_back, self.settings, one.id, one.caller, "では？")
        if one.asked_back:
            assert code == ""
        elif one.state != "answered":
            assert code == "letter_back_late"
        elif (one.caller, one.cast) in self.blocked:
            assert code == "letters_away"
        else:
            assert code == ""
            one.asked_back = True

    @rule(letter=letters)
    def answer_back(self, letter: int | None) -> None:
        one = self.all.get(letter or 0)
        if one is None:
            return
        code = self.code_of(answering.answer_back, self.settings, one.id, one.cast, "こうです")
        if one.answered_back:
            assert code == ""
        elif not one.asked_back:
            assert code in ("letter_answered", "letter_over")
        elif (one.caller, one.cast) in self.blocked:
            assert code == "letters_away"
        else:
            assert code == ""
            one.answered_back = True

    @rule(letter=letters)
    def its_day_passes(self, letter: int | None) -> None:
        one = self.all.get(letter or 0)
        if one is None or one.state != "sent":
            return

        async def past() -> None:
            async with self.owner.transaction() as tx:
                late = "UPDATE letters SET due_at = clock_timestamp() WHERE id = :id"
                await tx.execute(sa.text(late), {"id": one.id})

        self.runner.run(past())
        one.due = True

    @rule()
    def the_clock_comes(self) -> None:
        while self.run(lapsing.lapse, self.settings):
            pass
        self.run(billing.bill_settled, self.settings)
        for one in self.all.values():
            if one.state == "sent" and one.due:
                one.state = "expired"

    @rule(caller=st.integers(0, 1), cast=st.integers(0, 1), by_cast=st.booleans())
    def block(self, caller: int, cast: int, by_cast: bool) -> None:
        who, whom = self.callers[caller], self.casts[cast]
        pair = (whom, who) if by_cast else (who, whom)
        self.run(blocking.block, self.settings, *pair, 0)
        self.blocked.add((who, whom))
        for one in self.all.values():
            if (one.caller, one.cast, one.state) == (who, whom, "sent"):
                one.state = "stopped"

    @rule()
    def all_make_up(self) -> None:
        for who, whom in self.blocked:
            self.run(blocks.unblock, who, whom)
            self.run(blocks.unblock, whom, who)
        self.blocked.clear()

    @rule(target=claims, letter=letters)
    def claim(self, letter: int | None) -> Any:
        one = self.all.get(letter or 0)
        if one is None:
            return None
        asked = (self.settings, one.id, one.caller, "no_answer", "")
        code = self.code_of(letter_claims.file_letter_claim, *asked)
        if one.state != "answered":
            assert code == "letter_not_answered"
        elif one.claimed:
            assert code in ("claim_exists", "claim_nothing_paid")
        else:
            assert code == ""
        if code:
            return None
        made = self.run(lambda tx: tx.scalar(sa.text("SELECT max(id) FROM claims")))
        one.claimed = True
        return int(made), one.id

    @rule(filed=consumes(claims), part=st.sampled_from([None, 1, 50, 100]))
    def decide(self, filed: tuple[int, int] | None, part: int | None) -> None:
        if filed is None:
            return
        claim, one = filed[0], self.all[filed[1]]
        back = one.points if part is None else part
        made = (self.settings, claim, self.staff, part, "確認", "急ぎ")
        decided = self.run(decisions.return_points, *made)
        assert (decided.state, decided.points) == ("returned", back)
        share = share_of(one.points, FEE)
        one.paid = one.points - back
        one.earned = share - share_given_back(one.points, share, back)

    # What always holds

    @invariant()
    def states_are_the_models(self) -> None:
        for one in getattr(self, "all", {}).values():
            row = self.run(locked.find, one.id)
            assert row.state == one.state
            assert (row.asked_back_at is not None) == one.asked_back

    @invariant()
    def money_is_the_models(self) -> None:
        for caller in getattr(self, "callers", []):
            assert self.run(ledger.spendable, caller) == self.spendable(caller, "points")
        for cast in getattr(self, "casts", []):
            earned = sum(one.earned for one in self.all.values() if one.cast == cast)
            assert self.run(earnings_of, cast) == earned

    @invariant()
    def books_are_right(self) -> None:
        assert [proof.name for proof in self.run(audit.prove) if proof.broken] == []


async def earnings_of(tx: Tx, cast: int) -> int:
    query = sa.text(
        "SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id"
        " WHERE w.kind = 'earnings' AND w.user_id = :cast"
    )
    return int(await tx.scalar(query, {"cast": cast}) or 0)


@pytest.mark.timeout(900)
def test_letters_do_what_the_model_does(postgres: EmbeddedPostgres, server_owner: Owner) -> None:
    ours = Settings(letters=True, tab_limit=LIMIT, fee_percent=FEE, letters_a_day=1000, **TAB)
    run_machine(Letters, STEPS, postgres, server_owner, settings=ours)
