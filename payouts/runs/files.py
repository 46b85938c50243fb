"""What the bank is given of a run that was agreed to: its file, and the same as rows to read."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts.banks import accounts, lists
from payouts.banks.accounts import BankAccount
from payouts.banks.holders import half_width
from payouts.runs import reversals, zengin
from payouts.runs.agreeing import must_not_be_stopped, summary
from payouts.runs.locking import LockedRun, lock
from payouts.runs.zengin import BankPlace, MisfitError, Payer, Transfer
from payouts.tables import payout_runs, payouts
from people.accounts.tables import users
from record.acts import log_act


@dataclass(frozen=True)
class BankLine:
    """One payout of a run, with the account that it goes to. Amounts in yen."""

    payout_id: int
    user_id: int
    nickname: str
    gross: int
    bank_fee: int
    withheld: int
    net: int
    account: BankAccount


async def bank_file(tx: Tx, settings: Settings, run_id: int, actor_id: int) -> bytes:
    """Return a run's file for the bank, and note that it was taken.

    Raises UserError `payout_run_moved` before the run is agreed to, `transfer_unset`,
    `transfer_misfit` (who and which field), `own_payout` (403), `payout_dissolution_waits`.
    """
    run = await _take(tx, run_id, actor_id, "zengin")
    payer, lines = await _payer(tx, settings), await _lines(tx, settings, run_id)
    made = [_transfer(line) for line in lines]
    try:
        return zengin.file_of(payer, run.pay_on, made)
    except MisfitError as error:
        raise _misfit(lines) from error


async def bank_rows(tx: Tx, settings: Settings, run_id: int, actor_id: int) -> list[BankLine]:
    """Return the same to be read, or typed in at the bank, and note that it was taken."""
    await _take(tx, run_id, actor_id, "csv")
    return await _lines(tx, settings, run_id)


async def _take(tx: Tx, run_id: int, actor_id: int, form: str) -> LockedRun:
    run = await lock(tx, run_id, actor_id, "agreed", "closed")
    await reversals.must_not_dissolve(tx, run_id)
    if run.filed_at is None and run.state == "agreed":
        # The last moment: from here on the bank may have been told.
        await must_not_be_stopped(tx, run_id)
        noted = sa.update(payout_runs).where(payout_runs.c.id == run_id)
        await tx.execute(noted.values(filed_at=sa.func.clock_timestamp()))
    subject = f"run:{run_id}"
    await log_act(tx, actor_id, "payout.file", subject, reason=summary(run), form=form)
    return run


async def _payer(tx: Tx, settings: Settings) -> Payer:
    code, name = settings.transfer_code, settings.transfer_name
    if code is None or name is None or settings.transfer_account is None:
        raise UserError(
            "transfer_unset",
            N_("振込元の設定（HITOTOKI_TRANSFER_CODE・NAME・ACCOUNT）がまだありません。"),
        )
    bank_code, branch_code, kind, number = settings.transfer_account.split("-")
    bank = (await lists.bank_list(tx)).bank(bank_code)
    branch = bank.branches.get(branch_code) if bank else None
    if bank is None or branch is None:
        raise UserError("transfer_unset", N_("振込元の銀行か支店が、銀行の一覧にありません。"))
    place = BankPlace(bank_code, bank.kana, branch_code, branch.kana)
    return Payer(code, half_width(name), place, kind, number)


async def _lines(tx: Tx, settings: Settings, run_id: int) -> list[BankLine]:
    columns = ("id", "user_id", "gross", "bank_fee", "withheld", "net", "account_id")
    query = (
        sa.select(*(payouts.c[name] for name in columns), users.c.nickname)
        .join(users, users.c.id == payouts.c.user_id)
        .where(payouts.c.run_id == run_id)
        .order_by(payouts.c.id)
    )
    rows = (await tx.execute(query)).all()
    found = await accounts.opened(tx, settings, [row.account_id for row in rows])
    if any(row.account_id not in found for row in rows):
        raise UserError(
            "accounts_erased",
            N_("口座の情報が消去されたキャストがいるため、このファイルはもう作れません。"),
        )
    return [
        BankLine(
            row.id,
            row.user_id,
            row.nickname,
            row.gross,
            row.bank_fee,
            row.withheld,
            row.net,
            found[row.account_id],
        )
        for row in rows
    ]


def _transfer(line: BankLine) -> Transfer:
    to = line.account
    place = BankPlace(to.bank_code, to.bank_kana, to.branch_code, to.branch_kana)
    return Transfer(place, to.kind, to.number, to.holder, line.net, line.payout_id)


_WORDS = {
    "holder": N_("%(name)sさん（振込%(id)s）の口座名義が、銀行のファイルに入りません。"),
    "amount": N_("%(name)sさん（振込%(id)s）の金額が、銀行のファイルに入りません。"),
}
_ACCOUNT = N_("%(name)sさん（振込%(id)s）の口座が、銀行のファイルに入りません。")


def _misfit(lines: Sequence[BankLine]) -> UserError:
    """Say whose field it is: each record is made by itself until one fails."""
    for line in lines:
        try:
            zengin.data(_transfer(line))
        except MisfitError as found:
            text = _WORDS.get(found.field, _ACCOUNT)
            return UserError("transfer_misfit", text, name=line.nickname, id=line.payout_id)
    return UserError("transfer_misfit", N_("振込元の設定か合計が、銀行のファイルに入りません。"))
