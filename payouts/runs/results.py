"""The bank's result: a file of what it could not transfer, looked at before it is proposed.

Two forms are read: a file of records as the one that the bank was given, with those that failed;
and rows of `payout number, reason`. Every row is to fit a payout of the run, or nothing is.
Either could be invented by who brings it, so a second person agrees to the whole of it.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import DbRow
from foundation.settings import Settings
from payouts.banks import accounts
from payouts.banks.accounts import BankAccount
from payouts.runs import rejecting, reversals, zengin
from payouts.runs.reversals import Returned
from payouts.tables import bank_accounts, payouts
from people.accounts.tables import users

# Room for every record of the largest run.
MOST_BYTES = 2 * 1024 * 1024
# So many are noted at once: each is told to its cast. More come in a file of their own.
MOST_ROWS = 200
MOST_REASON = 100

# `unknown`: no payout of this run; `other`: its account or amount is another; `before`: noted
# already; `waits` for a second person; `unpaid`: the run isn't closed; `twice`: it stands in the
# file before.
Problem = Literal["unknown", "other", "before", "waits", "unpaid", "twice"]


@dataclass(frozen=True)
class Failed:
    """A row of the bank's file. What a form does not say is None. `number`: the row's, from 1."""

    number: int
    payout_id: int
    reason: str | None
    account: tuple[str, str, str] | None = None
    amount: int | None = None


@dataclass(frozen=True)
class ResultLine:
    """A row, the payout that it means, and what keeps it from being noted."""

    row: Failed
    nickname: str | None
    net: int | None
    problem: Problem | None


def read(file: bytes) -> list[Failed]:
    """Read a bank's file. Raises UserError (400) `result_malformed`, `result_long`."""
    if len(file) > MOST_BYTES:
        raise _long()
    try:
        records = file.replace(b"\r", b"").replace(b"\n", b"").rstrip(b"\x1a")
        is_zengin = records[:3] == b"121" and len(records) % zengin.RECORD == 0
        found = list(_records(records) if is_zengin else _rows(file))
    except (ValueError, csv.Error) as error:
        raise _malformed() from error
    if not found:
        raise _malformed()
    if len(found) > MOST_ROWS:
        raise _long()
    return found


def _records(records: bytes) -> Iterator[Failed]:
    for number in range(len(records) // zengin.RECORD):
        record = records[number * zengin.RECORD :][: zengin.RECORD]
        if record[:1] == b"2":
            place = record[1:5].decode("ascii"), record[20:23].decode("ascii")
            account = (*place, record[43:50].decode("ascii"))
            yield Failed(number + 1, int(record[91:101]), None, account, int(record[80:90]))


def _rows(file: bytes) -> Iterator[Failed]:
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.decode("cp932")
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0].isdecimal()):
            continue
        reason = cells[1] if len(cells) > 1 else ""
        if not cells[0].isdecimal() or len(cells[0]) > 18 or len(reason) > MOST_REASON:
            raise _malformed()
        yield Failed(number, int(cells[0]), reason or None)


async def look(tx: Tx, settings: Settings, run_id: int, rows: Sequence[Failed]) -> list[ResultLine]:
    """Return each row with the payout that it means, and what is wrong with it."""
    query = (
        sa.select(payouts.c.id, payouts.c.state, payouts.c.net, payouts.c.account_id)
        .add_columns(users.c.nickname, bank_accounts.c.tail)
        .join(users, users.c.id == payouts.c.user_id)
        .join(bank_accounts, bank_accounts.c.id == payouts.c.account_id)
        .where(payouts.c.run_id == run_id, payouts.c.id.in_([row.payout_id for row in rows]))
    )
    known = {row.id: row for row in await tx.execute(query)}
    asked = [
        known[one.payout_id].account_id for one in rows if one.account and one.payout_id in known
    ]
    opened = await accounts.opened(tx, settings, asked)
    waits = await reversals.spoken_for(tx, run_id)
    found: list[ResultLine] = []
    for row in rows:
        payout = known.get(row.payout_id)
        if payout is None:
            found.append(ResultLine(row, None, None, "unknown"))
            continue
        problem = _problem(row, payout, opened.get(payout.account_id), row.payout_id in waits)
        if any(before.row.payout_id == row.payout_id for before in found):
            problem = "twice"
        found.append(ResultLine(row, payout.nickname, payout.net, problem))
    return found


def _problem(row: Failed, payout: DbRow, to: BankAccount | None, waits: bool) -> Problem | None:
    if row.account is not None and not _is_of(row, payout, to):
        return "other"
    if payout.state == "rejected":
        return "before"
    if payout.state != "paid":
        return "unpaid"
    return "waits" if waits else None


def _is_of(row: Failed, payout: DbRow, to: BankAccount | None) -> bool:
    """Say whether a record means this payout, by its sum and account.

    Of an account whose words were erased the last digits stay.
    """
    assert row.account is not None
    if to is None:
        same = row.account[2][-3:] == payout.tail
    else:
        same = row.account == (to.bank_code, to.branch_code, to.number)
    return bool(same) and row.amount == payout.net


async def propose(
    tx: Tx, settings: Settings, run_id: int, actor_id: int, rows: Sequence[Failed], words: str
) -> int:
    """Propose what was looked at to a second person; return how many are new.

    `words` say why where a row does not. Raises UserError `result_misfit` where a row fits no
    payout, and as `rejecting.propose` does.
    """
    if len(rows) > MOST_ROWS:
        raise _long()
    found = await look(tx, settings, run_id, rows)
    if any(one.problem in ("unknown", "other", "unpaid") for one in found):
        raise UserError(
            "result_misfit", N_("この振込に合わない行があるため、何も記録していません。")
        )
    returned = [Returned(row.payout_id, row.reason or words) for row in rows]
    return await rejecting.propose(tx, run_id, actor_id, returned, words)


def _malformed() -> UserError:
    return UserError(
        "result_malformed",
        N_(
            "銀行の結果として読めないファイルです。全銀形式か、「振込番号,理由」のCSVを選んでください。"
        ),
        status=400,
    )


def _long() -> UserError:
    return UserError(
        "result_long",
        N_("一度に記録できるのは%(most)s件までです。ファイルを分けてください。"),
        status=400,
        most=MOST_ROWS,
    )
