"""By points or afterwards: what a page that leads to a price lets its caller choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from foundation.errors import ProtocolError, UserError
from foundation.language import translate
from points import ledger, tab
from points.rules import Pays
from web.http.visit import Visit, reader_locale

# What refuses to pay afterwards.
REFUSED_TAB = (
    "tab_short", "tab_overdue", "tab_closed", "tab_resting", "tab_not_taken", "tab_wants",
    "tab_known",
)  # fmt: skip


@dataclass(frozen=True)
class PayChoice:
    """How `needed` points or yen can be paid: by the points one has, or on the tab.

    `left` are of the tab's limit, None where the tab is no choice at all; `refusal` says why it
    doesn't pay this, None where it does. `pays` is what is chosen at first.
    """

    needed: int
    spendable: int
    left: int | None = None
    refusal: str | None = None
    pays: Pays = "points"
    # Whether the tab isn't opened yet: then there is a way to open it.
    opens: bool = False

    @property
    def on_tab(self) -> bool:
        """Whether it can be paid afterwards."""
        return self.left is not None and self.refusal is None

    @property
    def short(self) -> int:
        """The points that are missing, where it can't be paid afterwards either."""
        return 0 if self.on_tab else max(0, self.needed - self.spendable)


async def choice(v: Visit, needed: int, *, takes_tab: bool, asked: str = "") -> PayChoice:
    """Return how the visitor can pay so much; by points first, where they suffice."""
    user = v.member()
    spendable = await ledger.spendable(v.tx, user.id)
    if not takes_tab or not v.settings.tab:
        return PayChoice(needed, spendable)
    state = await tab.state_of(v.tx, v.settings, user.id)
    refusal = state.refusal(needed)
    told = None if refusal is None else _told(v, refusal)
    first: Pays = "tab" if refusal is None and (asked == "tab" or spendable < needed) else "points"
    return PayChoice(needed, spendable, state.left, told, first, bool(state.wanting))


def _told(v: Visit, refusal: UserError) -> str:
    return translate(reader_locale(v.request), refusal.text, **refusal.params)


def pays_of(form: Mapping[str, str]) -> Pays:
    """Return how a form wants to pay: by points where it doesn't say.

    Raises ProtocolError for anything that no page of ours sends.
    """
    for way in get_args(Pays):
        if form.get("pays", "points") == way:
            found: Pays = way
            return found
    raise ProtocolError("pays_unknown")
