"""The addresses at which casts are paid: their bank account, requests, notices."""

from aiohttp import web


def payout_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of a cast's payouts."""
    return []
