"""What an operator's text may say of the site by name: figures, and what holds.

All of it comes from the settings at the moment of reading, so that no text can lie. The names are
those of the settings where there is one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from foundation.settings import Settings
from points.payments.ways import Ways
from rooms.care import keeping
from rooms.talk.free_time import free_words

# Settings that are figures, and stand in a text as they are.
PLAIN = (
    "application_ring_seconds", "booking_opens_hours", "cancel_grace_minutes", "cancel_hours",
    "chat_days", "chat_kept_days", "claim_answer_hours", "claim_days", "early_minutes",
    "entry_minutes", "fee_percent", "gift_share", "konbini_days", "letter_back_days",
    "letter_days", "letter_kept_days",
    "lot_months", "no_show_after_minutes", "payout_close_day", "payout_first_days",
    "payout_pay_day", "rating_days", "recording_days", "session_days", "tab_days",
    "telephone_standby_hours",
)  # fmt: skip
# What `_text_figures.html` draws: sums, spans of time, and what stands in lines of its own.
DRAWN = (
    "badge_busy", "badge_closed", "badge_open", "badge_reserved", "cast_share", "chat_points",
    "first_asks", "free_words", "interruption_seconds", "minute_seconds", "payment_ways",
    "payment_ways_at_once", "payout_bank_fee", "payout_least", "return_seconds", "seller_address",
    "seller_email", "seller_hours", "seller_name", "seller_person", "seller_phone", "site_name",
    "tab_limit",
    "telephone_line_fee",
)  # fmt: skip
SHOTS = ("register", "choose", "check", "talk", "end")
CAST_SHOTS = ("profile", "identity", "room", "share", "standby", "talk")
# In no paragraph.
WHOLE = frozenset({
    "keeping", "browsers", *(f"shot_{one}" for one in SHOTS),
    *(f"shot_cast_{one}" for one in CAST_SHOTS),
})  # fmt: skip
FIGURES = frozenset({*PLAIN, *DRAWN, *WHOLE})

# Settings that are on or off, or none.
SWITCHES = (
    "auto_return_no_show", "board", "chat", "chat_points", "gift_share", "has_relay", "has_turn",
    "identity_check", "letters", "may_hide", "payout_bank_fee", "payout_first_days", "recording",
    "rooms_looked_at", "seller_email", "tab", "telephone", "telephone_free", "telephone_menus",
    "terms_since",
)  # fmt: skip
# Settings that have one of several values: `hide_addresses_all` holds where it is `all`.
CHOICES = {
    f"{name}_{value}": (name, value)
    for name, values in {
        "contact_check": ("off",),
        "free_per": ("day", "entry", "first"),
        "hide_addresses": ("all", "casts"),
        "media_path": ("p2p", "relay"),
        "payout_close_day": (31,),
        "payout_pay_day": (31,),
        "payout_way": ("monthly", "request"),
        "seller_of_talks": ("site", "cast"),
        "telephone_answer": ("key",),
        "telephone_ring": ("both",),
        "who_offers": ("anyone",),
    }.items()
    for value in values
}
BLOCKS = frozenset({
    *SWITCHES, *CHOICES, "free_words", "sells_points", "konbini", "paid_at_once", "writing_open",
})  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What a text's figures are of: a site of that name, in a language.

    `ways` is None where nothing is sold.
    """

    environment: Environment
    settings: Settings
    locale: str
    ways: Ways | None
    called: str

    def holds(self, name: str) -> bool:
        """Say whether a part of a text stands there now."""
        methods = self.ways.methods if self.ways else ()
        special: dict[str, Callable[[], bool]] = {
            "free_words": lambda: bool(self.settings.free_seconds),
            "sells_points": lambda: bool(methods),
            "konbini": lambda: "konbini" in methods,
            "writing_open": lambda: any(self.holds(one) for one in ("board", "chat", "letters")),
            "paid_at_once": lambda: bool({*methods} - {"konbini"}),
        }
        if name in special:
            return special[name]()
        if name in CHOICES:
            setting, value = CHOICES[name]
            return bool(getattr(self.settings, setting) == value)
        return bool(getattr(self.settings, name))

    def figures(self, names: frozenset[str]) -> dict[str, str]:
        """Return what stands for some of the names now; of type Markup where it is HTML."""
        drawn = self._module() if names - {*PLAIN} else {}
        return {
            name: str(getattr(self.settings, name)) if name in PLAIN else _drawn(drawn, name)
            for name in names
        }

    def _module(self) -> Mapping[str, Any]:
        template = self.environment.get_template("_text_figures.html")
        said = {
            "locale": self.locale,
            "settings": self.settings,
            "ways": self.ways,
            "called": self.called,
            "kept_lines": keeping.lines(),
            "free_text": free_words(self.settings, self.locale),
        }
        return vars(template.make_module(said))


def _drawn(module: Mapping[str, Any], name: str) -> Markup:
    for beginning in ("shot_cast_", "shot_"):
        if name.startswith(beginning):
            return Markup(module[beginning.rstrip("_")](name.removeprefix(beginning)))  # noqa: S704
    return Markup(module[name]().strip())  # noqa: S704
