"""Whose pages of payouts these are."""

from people.accounts.accounts import User
from points import earnings
from web.http.session import cast_only
from web.http.visit import Visit


async def earner(v: Visit) -> User:
    """Return who looks at their money: a cast, or who once earned as one. Refuses anybody else."""
    user = v.member()
    if not user.is_cast and await earnings.wallet_of(v.tx, user.id) is None:
        raise cast_only()
    return user
