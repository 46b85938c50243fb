"""What a check finds, and what it is given to look at."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from foundation.database import Database
from foundation.language import N_, translate
from foundation.settings import Settings
from record.opening import OpeningStep

State = Literal["ok", "todo", "broken", "off"]
"""As it should be; to be done; broken; or not wanted on this site."""

Group = Literal["site", "ground", "mail", "money", "talks", "offers", "law", "care"]

GROUPS: Mapping[Group, str] = {
    "site": N_("サイト"),
    "ground": N_("サーバー"),
    "mail": N_("メール"),
    "money": N_("お支払い"),
    "talks": N_("通話"),
    "offers": N_("商品とカテゴリー"),
    "law": N_("法令"),
    "care": N_("備え"),
}


@dataclass(frozen=True)
class Finding:
    """What was found: a Japanese text of the catalogues and what stands in its places.

    `advice` says what to do, likewise; empty where there is nothing. No secret stands in either.
    """

    state: State
    said: str
    advice: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, locale: str) -> str:
        """What was found, in a language."""
        return translate(locale, self.said, **self.params)

    def help(self, locale: str) -> str:
        """What to do, in a language; empty where there is nothing."""
        return translate(locale, self.advice, **self.params) if self.advice else ""

    def softened(self) -> "Finding":
        """Return the same as something to be done, where it is no fault of the site's."""
        return replace(self, state="todo") if self.state == "broken" else self


def ok(said: str, **params: str | int) -> Finding:
    """All is well."""
    return Finding("ok", said, params=params)


def off(said: str, advice: str = "", **params: str | int) -> Finding:
    """The site doesn't have this, and needn't."""
    return Finding("off", said, advice, params)


def todo(said: str, advice: str, **params: str | int) -> Finding:
    """Something is still to be done."""
    return Finding("todo", said, advice, params)


def broken(said: str, advice: str, **params: str | int) -> Finding:
    """Something doesn't work."""
    return Finding("broken", said, advice, params)


@dataclass(frozen=True)
class Surroundings:
    """What checks look at. `database`: None where it can't be reached, `why` not is a short word.

    `newest` is the migration that this code expects, `steps` what was tried and ticked.
    """

    settings: Settings
    database: Database | None
    newest: str | None
    steps: Mapping[str, OpeningStep] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True)
class Check:
    """One line of the list. `must`: the site isn't opened before it is well.

    `tries` is what an administrator may press here: the name of a trial or a tick.
    """

    key: str
    group: Group
    title: str
    look: Callable[[Surroundings], Awaitable[Finding]]
    must: bool = False
    tries: str | None = None


Checks: TypeAlias = tuple[Check, ...]
