"""The ways to pay: which there are, what each takes, and which an account has. No clock, no I/O."""

from dataclasses import dataclass
from typing import Literal, get_args

Method = Literal["card", "konbini", "paypay", "link"]
METHODS: tuple[Method, ...] = get_args(Method)

Wallet = Literal["apple_pay", "google_pay", "link"]
WALLETS: tuple[Wallet, ...] = get_args(Wallet)
"""What a browser or a phone brings along. They pay by a card, and the payment is one by card."""

# Yen, the first and the last that a method takes (docs.stripe.com/payments/konbini, /paypay,
# /currencies).
RANGES: dict[Method, tuple[int, int]] = {
    "card": (50, 99_999_999),
    "konbini": (120, 300_000),
    "paypay": (50, 1_000_000),
    "link": (50, 99_999_999),
}
# Always paid on a page of its own: whoever must not leave this one can't use it.
LEAVING: frozenset[Method] = frozenset({"paypay"})


@dataclass(frozen=True)
class Ways:
    """The methods that an account takes, and the wallets that it lets a form for cards show."""

    methods: tuple[Method, ...]
    wallets: tuple[Wallet, ...] = ()

    def for_price(self, yen: int, *, staying: bool = False) -> tuple[Method, ...]:
        """Return the methods that take so much; for who is `staying`, none that lead away."""
        return tuple(
            method
            for method in self.methods
            if RANGES[method][0] <= yen <= RANGES[method][1] and not (staying and method in LEAVING)
        )

    def without(self, refused: frozenset[str]) -> "Ways":
        """Return what is left without some methods."""
        return Ways(tuple(m for m in self.methods if m not in refused), self.wallets)


def known_methods(names: object) -> tuple[Method, ...]:
    """Return those methods that are named, in our order."""
    found = set(names) if isinstance(names, (list, tuple, set, frozenset)) else set()
    return tuple(method for method in METHODS if method in found)


# What nearly every account has; and what was asked of all of them before an account was asked.
LEAST = Ways(("card",))
USUAL = Ways(("card", "konbini"))
