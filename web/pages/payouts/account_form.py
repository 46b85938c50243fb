"""What a cast types of their bank account, field by field."""

from collections.abc import Mapping
from functools import partial

from foundation.errors import UserError
from foundation.language import translate
from payouts.banks import refusals
from payouts.banks.accounts import BankAccount
from payouts.banks.holders import holder_kana
from payouts.banks.numbers import (
    POST_BANK,
    Kind,
    PostAccount,
    kind_of,
    number_of,
    post_account,
    symbol_of,
)
from payouts.banks.packed import Bank, BankList
from web.http.forms import Filled, needed

# The field beside which each refusal of the post bank's numbers is said.
_BESIDE = {"account_kind": "kind"}


def read_account(
    form: Mapping[str, str], known: BankList, company: str | None, filled: Filled
) -> BankAccount | None:
    """Return the account that was typed, or None where something is wrong with it.

    What is wrong is noted in `filled`, beside its field. Raises UserError `bank_unknown`.
    """
    bank = known.bank(needed(form, "bank"))
    if bank is None:
        raise refusals.bank_unknown()
    kind = filled.take(form, "kind", kind_of)
    filled.take(form, "holder_kind", partial(_holder_kind_of, company=company))
    reached = _by_symbol(form, filled, kind) if _has_symbol(form, bank) else _plain(form, filled)
    holder = filled.take(form, "holder", holder_kana)
    branch = bank.branches.get(reached.branch) if reached else None
    if reached and branch is None:
        error = refusals.branch_unknown()
        filled.errors.setdefault("symbol", translate(filled.locale, error.text))
    if filled.errors or reached is None or branch is None or holder is None:
        return None
    return BankAccount(
        bank.code, bank.name, bank.kana, branch.code, branch.name, branch.kana,
        kind if kind and not _has_symbol(form, bank) else reached.kind, reached.number, holder,
    )  # fmt: skip


def _has_symbol(form: Mapping[str, str], bank: Bank) -> bool:
    return bank.code == POST_BANK and not form.get("branch")


def _plain(form: Mapping[str, str], filled: Filled) -> PostAccount | None:
    number = filled.take(form, "number", number_of)
    return None if number is None else PostAccount(needed(form, "branch"), "1", number)


def _by_symbol(form: Mapping[str, str], filled: Filled, kind: Kind | None) -> PostAccount | None:
    symbol = filled.take(form, "symbol", symbol_of)
    filled.take(form, "number", str)
    if symbol is None or kind is None:
        return None
    try:
        return post_account(symbol, needed(form, "number"), kind)
    except UserError as error:
        beside = _BESIDE.get(error.code, "number")
        filled.errors[beside] = translate(filled.locale, error.text, **error.params)
        return None


def _holder_kind_of(text: str, company: str | None) -> str:
    if text == "company" and company is None:
        raise refusals.company_unknown()
    return "company" if text == "company" else "person"
