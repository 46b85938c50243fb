"""What becomes of earnings and payouts by the rules alone: in plain lists, without a database."""

from dataclasses import dataclass, field
from datetime import date, timedelta

MINUTE, MINUTE_COSTS = 1000, 1250
CLAIM_DAYS, LEAST, BANK_FEE, ALONE, RETURNED_ALONE = 14, 5000, 330, 7000, 3000
# Later than this after a talk some of what paid for it may be too old to go back.
RETURNABLE_DAYS = 60
LIVE = ("draft", "waiting_second", "agreed")
TAX = {"none": 0, "individual": 1021, "non_resident": 2042}


@dataclass
class ModelTalk:
    """A talk of so many minutes, of which `gone` went back by themselves; `claim` is its state."""

    id: int
    cast: int
    minutes: int
    age: int = 0
    claim: str | None = None
    claim_id: int = 0
    proposed: int = 0
    gone: int = 0
    claimed_back: int = 0

    @property
    def cost(self) -> int:
        """The points that can still go back, while no claim did."""
        return (self.minutes - self.gone) * MINUTE_COSTS

    @property
    def back(self) -> int:
        """What went back of its cast's yen."""
        return self.gone * MINUTE + self.claimed_back

    @property
    def unripe(self) -> bool:
        return self.age < CLAIM_DAYS or self.claim in ("open", "waiting_second")

    def give_back(self, points: int) -> None:
        self.claim, self.claimed_back = "returned", points * MINUTE // MINUTE_COSTS


@dataclass
class ModelPayout:
    """A payout; `asked_on` moves back while days pass, as all that was does."""

    id: int
    cast: int
    gross: int
    asked_on: date
    state: str = "requested"
    withheld: int = 0

    @property
    def net(self) -> int:
        return self.gross - BANK_FEE - self.withheld


@dataclass
class ModelRun:
    """A run of these payouts, until it is dissolved."""

    id: int
    payouts: list[ModelPayout]
    state: str = "draft"

    @property
    def total(self) -> int:
        return sum(payout.net for payout in self.payouts)


@dataclass
class PayoutModel:
    """All that two casts earned, asked for and were paid."""

    talks: list[ModelTalk] = field(default_factory=list)
    payouts: list[ModelPayout] = field(default_factory=list)
    runs: list[ModelRun] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    # Casts from whose account a payout came back, and who haven't said yet that it is right.
    unsure: set[int] = field(default_factory=set)
    category: dict[int, str] = field(default_factory=dict)

    def book(self, cast: int) -> dict[str, int]:
        """Where each yen of a cast stands."""
        talks = [talk for talk in self.talks if talk.cast == cast]
        book = {
            "earned": sum(talk.minutes * MINUTE for talk in talks),
            "returned": sum(talk.back for talk in talks),
            "maturing": sum(talk.minutes * MINUTE - talk.back for talk in talks if talk.unripe),
        }
        for name in ("requested", "in_run", "paid"):
            book[name] = sum(p.gross for p in self.payouts if (p.cast, p.state) == (cast, name))
        book["due"] = book["earned"] - sum(book[name] for name in list(book)[1:])
        book["held"] = max(book["due"], 0) if cast in self.stopped else 0
        return book | {"payable": book["due"] - book["held"]}

    def refusal(self, cast: int, amount: int, today: date) -> str | None:
        """Why a cast can't ask for so much today; None: they can."""
        payable = self.book(cast)["payable"]
        if cast in self.stopped:
            return "payouts_stopped"
        if cast in self.unsure:
            return "bank_account_refused"
        if any((p.cast, p.asked_on) == (cast, today) for p in self.payouts
               if p.state != "called_off"):  # fmt: skip
            return "payout_today_already"
        if min(payable, amount) < LEAST:
            return "payout_too_little"
        return "payout_too_much" if amount > payable else None

    def gathered(self) -> tuple[list[ModelPayout], list[ModelPayout]]:
        """What a run would take now, and which requests are covered no more: the youngest ones."""
        out = self.stopped | self.unsure
        waiting = [p for p in self.payouts if p.state == "requested" and p.cast not in out]
        lacks = {p.cast: -self.book(p.cast)["due"] for p in waiting}
        lost = []
        for payout in reversed(waiting):
            if lacks[payout.cast] > 0:
                lacks[payout.cast] -= payout.gross
                lost.append(payout)
        return [payout for payout in waiting if payout not in lost], lost

    def gather(self, run: int) -> ModelRun:
        """Make the run, which settles what is withheld."""
        taken, lost = self.gathered()
        self.call_off(lost)
        for payout in taken:
            rate = TAX[self.category.get(payout.cast, "none")]
            payout.state, payout.withheld = "in_run", payout.gross * rate // 10_000
        self.runs.append(ModelRun(run, taken))
        return self.runs[-1]

    def call_off(self, lost: list[ModelPayout]) -> None:
        """Let what can't be covered any more be over."""
        for payout in lost:
            payout.state = "called_off"

    def holds_up(self, run: ModelRun) -> bool:
        """Whether somebody in a run was stopped since it was gathered."""
        return any(payout.cast in self.stopped for payout in run.payouts)

    def dissolve(self, run: ModelRun) -> None:
        """Let its requests wait again."""
        for payout in run.payouts:
            payout.state, payout.withheld = "requested", 0
        run.state, run.payouts = "dissolved", []

    def pass_days(self, days: int) -> None:
        """Everything that was is so much longer ago."""
        for talk in self.talks:
            talk.age += days
        for payout in self.payouts:
            payout.asked_on -= timedelta(days=days)
