"""A consultation as it must be: its state, and what becomes of each of its days."""

from dataclasses import dataclass, field

DAYS, PRICE, SHARE = 4, 402, 80
PARTS = (102, 100, 100, 100)
SHARES = (81, 80, 80, 80)


@dataclass
class ModelDay:
    """What happened in a day: who wrote last, whether an answer was owed at its end, by whom."""

    writer: int | None = None
    owed: bool = True
    in_charge: int = 0


@dataclass
class ModelChat:
    """One consultation; `age` days have passed since it was sent, `running` since it was taken."""

    id: int
    caller: int
    nominee: int | None
    to_all: bool
    state: str = "waiting"
    how: str | None = None
    member: int = 0
    age: int = 0
    since_end: int = 0
    reopened: bool = False
    last: str = "caller"
    offered: int | None = None
    days: list[ModelDay] = field(default_factory=list)
    paid: list[int | None] = field(default_factory=list)
    states: str = "h" * DAYS

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("waiting", "running")

    def take(self, member: int) -> None:
        """Somebody takes it: its first day begins."""
        self.state, self.member = "running", member
        self.days, self.paid = [ModelDay()], [None] * DAYS

    def write(self, by: str) -> None:
        """One of the two writes."""
        self.last = by
        if by == "member" and self.days:
            self.days[-1].writer = self.member

    def pass_a_day(self) -> None:
        """A day is over, whether or not the clock comes."""
        self.age += 1
        self.since_end += not self.is_open
        if self.state == "running":
            self.days[-1].owed = self.last == "caller"
            self.days[-1].in_charge = self.member
            self.days.append(ModelDay())

    def settle(self, upto: int) -> bool:
        """Settle the days before one; whether two in a row were silent, so that all goes back."""
        silent = 0
        for number in range(DAYS):
            due = self.states[number] == "h" and number < upto
            if due:
                self._settle(number)
            quiet = number < upto and self.states[number] == "r"
            silent = silent + 1 if quiet else 0
            if due and silent >= 2:
                self.give_back()
                return True
        return False

    def _settle(self, number: int) -> None:
        day = self.days[number]
        payee = day.writer or (None if day.owed else day.in_charge)
        self.paid[number] = payee
        self._note(number, "p" if payee else "r")

    def _note(self, number: int, state: str) -> None:
        self.states = self.states[:number] + state + self.states[number + 1 :]

    def give_back(self) -> None:
        """Everything that waits goes back."""
        self.states = self.states.replace("h", "r")

    def is_silent(self) -> bool:
        """Whether the days that are over end it, or none is left."""
        copy = ModelChat(**{**vars(self), "days": list(self.days), "paid": list(self.paid)})
        return copy.settle(len(copy.days) - 1)

    def close(self, state: str, how: str | None = None) -> None:
        """It ends in the middle of a day, which goes by its rule."""
        if self.state == "running":
            self.settle(len(self.days) - 1)
            now = len(self.days) - 1
            if now < DAYS and self.states[now] == "h":
                self.days[now].owed = self.last == "caller"
                self.days[now].in_charge = self.member
                self._settle(now)
        self.give_back()
        self.state, self.how, self.offered, self.since_end = state, how, None, 0

    def clock(self) -> None:
        """What the clock makes of it."""
        if self.state == "waiting" and self.age >= 3:
            self.close("unanswered")
        elif self.state == "running" and "h" in self.states:
            if self.settle(len(self.days) - 1):
                self.state, self.how, self.offered, self.since_end = "ended", "silent", None, 0
            elif "h" not in self.states:
                self.state, self.how, self.offered, self.since_end = "ended", "over", None, 0

    @property
    def held(self) -> int:
        """What its caller lacks of points: held, or paid."""
        return sum(
            part for part, state in zip(PARTS, self.states, strict=True) if state in ("h", "p")
        )

    def earned(self, member: int) -> int:
        """What a member earned of it."""
        return sum(
            share for share, payee in zip(SHARES, self.paid, strict=False) if payee == member
        )
