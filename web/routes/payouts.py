"""The addresses at which casts are paid: their bank account, requests, notices."""

from aiohttp import web

from payouts.banks.words import PAGE as ACCOUNT
from web.http.paths import number
from web.pages.payouts import account, money, papers, registration, terms

BOOK = "/console/payouts"
PAYOUT = f"{BOOK}/{number('payout_id')}"
YEAR = f"{BOOK}/years/{number('year')}"


def payout_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of a cast's payouts."""
    return [
        web.get(ACCOUNT, account.show_account),
        web.post(ACCOUNT, account.save),
        # Where a page was refused, or is asked for again.
        web.get(f"{ACCOUNT}/check", account.show_account),
        web.post(f"{ACCOUNT}/check", account.check),
        web.post(f"{ACCOUNT}/call-off", account.call_off),
        web.post(f"{ACCOUNT}/confirm", account.confirm),
        web.get(BOOK, money.show_payouts),
        web.post(BOOK, money.ask),
        web.get(f"{BOOK}/maturing", money.show_maturing),
        web.get(f"{BOOK}/profile", registration.show_registration),
        web.post(f"{BOOK}/profile", registration.save_registration),
        web.get(f"{BOOK}/terms", terms.show_terms),
        web.get(YEAR, papers.show_year),
        web.get(f"{YEAR}.csv", papers.year_csv),
        web.get(PAYOUT, papers.show_payout),
        web.post(f"{PAYOUT}/call-off", money.call_off),
        web.post(f"{PAYOUT}/objection", papers.object_to),
    ]
