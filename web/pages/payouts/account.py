"""The bank account to which a cast is paid: found in the list, typed, looked over, and named."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from payouts.banks import accounts, naming, refused
from payouts.banks.accounts import BankAccount
from payouts.banks.lists import bank_list
from payouts.banks.numbers import POST_BANK
from payouts.banks.packed import Bank, BankList
from payouts.banks.refusals import bank_unknown, branch_unknown
from payouts.banks.words import PAGE
from people.accounts.accounts import User
from people.desk import identity
from people.sign_in import seals, second_factors
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.password_again import knows_password, proves_password
from web.http.paths import redirect
from web.http.second_step import must_be_proved
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.payouts.account_form import read_account
from web.pages.payouts.earners import earner

NOT_MINE = N_("口座の名義を確かめて、チェックを入れてください。")
# Banks that most people have, to be reached with one tap.
KNOWN = ("9900", "0001", "0005", "0009", "0010", "0036", "0033", "0038")
# Of a bank with so few branches all are shown at once.
FEW_BRANCHES = 20
MOST_WORDS = 60
MOST_REJECTIONS = 9_999


async def show_account(request: Request) -> Response:
    """Show the account, or as far as one was chosen in the address the next step to another."""
    async with visit(request) as v:
        user = await earner(v)
        if {"new", "bank", "q"} & set(request.query):
            await _must_be_sure(v, user)
        filled = Filled(reader_locale(request), {"kind": "1", "holder_kind": "person"})
        return await _chosen(v, user, filled, dict(request.query))


async def check(request: Request) -> Response:
    """Show what was typed as the bank has it, to be looked over; or go back to it."""
    form, filled = request[FORM], Filled(reader_locale(request))
    async with visit(request) as v:
        user = await earner(v)
        await _must_be_sure(v, user)
        account = await _read(v, user, filled)
        if account is None or form.get("edit") == "1":
            return await _chosen(v, user, filled, dict(form), 422 if filled.errors else 200)
        return await _confirm(v, user, filled, account)


async def save(request: Request) -> Response:
    """Name the account, after the password."""
    form, filled = request[FORM], Filled(reader_locale(request))
    async with visit(request) as v:
        user = await earner(v)
        await _must_be_sure(v, user)
        account = await _read(v, user, filled)
        if account is None:
            return await _chosen(v, user, filled, dict(form), 422)
    if form.get("mine") != "1":
        filled.errors["mine"] = translate(filled.locale, NOT_MINE)
    if filled.errors or not await proves_password(request, user, filled):
        async with visit(request) as v:
            return await _confirm(v, user, filled, account)
    kind: accounts.HolderKind = "company" if form.get("holder_kind") == "company" else "person"
    async with member_transaction(request) as (tx, member):
        await naming.save(tx, request.app[SETTINGS], member.id, account, kind)
    return redirect(f"{PAGE}?saved=named")


async def call_off(request: Request) -> Response:
    """Call off the account that would count later. No password: it only makes things safer."""
    async with member_transaction(request) as (tx, user):
        await naming.call_off(tx, request.app[SETTINGS], user.id)
    return redirect(f"{PAGE}?saved=called-off")


async def confirm(request: Request) -> Response:
    """Note that the account from which payouts came back is right. No password: nothing changes."""
    seen = integer(needed(request[FORM], "seen"), 1, MOST_REJECTIONS)
    async with member_transaction(request) as (tx, user):
        await refused.confirm(tx, user.id, seen)
    return redirect(f"{PAGE}?saved=confirmed")


async def _must_be_sure(v: Visit, user: User) -> None:
    """Want the second factor of who has one, before anything is typed."""
    if await second_factors.has_any(v.tx, user.id):
        await must_be_proved(v.request, v.tx, user)


async def _read(v: Visit, user: User, filled: Filled) -> BankAccount | None:
    company = await accounts.company_of(v.tx, user.id)
    return read_account(v.request[FORM], await bank_list(v.tx), company, filled)


async def _chosen(
    v: Visit, user: User, filled: Filled, chosen: dict[str, str], status: int = 200
) -> Response:
    """Show the step that comes next after what was chosen."""
    known = await bank_list(v.tx)
    bank, step = known.bank(chosen.get("bank", "")), "bank"
    values: dict[str, Any] = {"q": chosen.get("q", "")[:MOST_WORDS], "bank": bank, "branch": None}
    if bank is None and chosen.get("bank"):
        _say(filled, "q", bank_unknown())
    if bank is not None:
        branch = bank.branches.get(chosen.get("branch", ""))
        if branch is None and chosen.get("branch"):
            _say(filled, "q", branch_unknown())
        by_symbol = bank.code == POST_BANK and not chosen.keys() & {"branch", "q"}
        step = "details" if branch or by_symbol else "branch"
        values |= {"branch": branch, "found": _branches(bank, values["q"])}
    else:
        values |= {"found": known.find(values["q"]), "usual": _usual(known)}
    return await _page(v, user, filled, step, status, known=known, **values)


def _branches(bank: Bank, text: str) -> list[Any]:
    everyone = list(bank.branches.values())
    return everyone if not text and len(everyone) <= FEW_BRANCHES else bank.find(text)


def _usual(known: BankList) -> list[Bank]:
    return [bank for code in KNOWN if (bank := known.bank(code))]


def _say(filled: Filled, name: str, error: UserError) -> None:
    filled.errors.setdefault(name, translate(filled.locale, error.text))


async def _confirm(v: Visit, user: User, filled: Filled, account: BankAccount) -> Response:
    status = 422 if filled.errors else 200
    known = await bank_list(v.tx)
    return await _page(v, user, filled, "confirm", status, known=known, account=account)


async def _page(
    v: Visit, user: User, filled: Filled, step: str, status: int, **values: Any
) -> Response:
    checked = not v.settings.identity_check or await identity.is_checked(v.tx, user.id)
    now, later = await accounts.current(v.tx, user.id), await accounts.pending(v.tx, user.id)
    begun = bool({"new", "bank", "q"} & set(v.request.query)) or v.request.method == "POST"
    return v.page(
        "payout_account.html",
        status,
        form=filled,
        step=step if begun or not (now or later) else None,
        now=now,
        later=later,
        refused=(await refused.of(v.tx, [user.id])).get(user.id),
        checked=checked,
        possible=seals.can_seal(v.settings),
        legal_name=await _legal_name(v, user),
        company=await accounts.company_of(v.tx, user.id),
        knows_password=knows_password(v.settings, user),
        saved=v.request.query.get("saved"),
        **values,
    )


async def _legal_name(v: Visit, user: User) -> str | None:
    try:
        return await identity.legal_name(v.tx, v.settings, user.id)
    except UserError:
        # With another key it can't be shown; finance staff see that too.
        return None
