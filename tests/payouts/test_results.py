"""The bank's result: looked at before it is noted, and noted whole or not at all."""

import pytest

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.runs import results
from payouts.runs.results import Failed
from payouts.runs.zengin import BankPlace, Payer, Transfer, file_of
from rooms.care import withdrawal
from tests.payouts.payday import Payday
from tests.world import HASH

PLACE = BankPlace("0001", "ﾐｽﾞﾎ", "001", "ﾄｳｷﾖｳ")
PAYER = Payer("0123456789", "ﾋﾄﾄｷ", PLACE, "1", "7654321")


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, said)


async def closed(day: Payday, count: int = 2) -> tuple[int, list[int], list[int], int]:
    """A closed run: its id, its payouts, their casts, and who closed it."""
    casts = [await day.payable(f"さくら{n}") for n in range(count)]
    ids = [await day.ask(cast, 6000) for cast in casts]
    actor = await day.staff()
    run = await day.gather(actor)
    await day.agreed(run, actor)
    await day.close(run, actor)
    return run, ids, casts, actor


async def problems(day: Payday, run: int, rows: list[Failed]) -> list[str | None]:
    async with day.database.transaction() as tx:
        return [one.problem for one in await results.look(tx, day.settings, run, rows)]


async def propose(day: Payday, run: int, actor: int, rows: list[Failed]) -> int:
    async with day.database.transaction() as tx:
        return await results.propose(tx, day.settings, run, actor, rows, "口座なし")


async def test_rows_of_a_table_are_noted_once(day: Payday) -> None:
    run, ids, casts, actor = await closed(day)
    rows = results.read(f"振込番号,理由\r\n{ids[1]},名義相違\r\n".encode("cp932"))
    assert await problems(day, run, rows) == [None]
    assert [await propose(day, run, actor, rows) for _ in range(2)] == [1, 0]
    assert await problems(day, run, rows) == ["waits"]
    assert (await day.book(casts[1])).paid == 6000
    assert await day.agreed_to(run, await day.staff())
    assert await problems(day, run, rows) == ["before"]
    assert (await day.book(casts[1])).payable == 10_000
    assert (await day.book(casts[0])).paid == 6000
    await day.prove()


async def test_the_banks_own_records_are_matched_by_number_account_and_amount(day: Payday) -> None:
    run, ids, casts, actor = await closed(day)
    fits = Transfer(PLACE, "1", "0123456", "ｻｸﾗ ﾊﾅｺ", 5670, ids[0])
    other = Transfer(PLACE, "1", "9999999", "ｻｸﾗ ﾊﾅｺ", 5670, ids[1])
    more = Transfer(PLACE, "1", "0123456", "ｻｸﾗ ﾊﾅｺ", 5671, ids[1])
    day_on = await day.bank_day()
    rows = results.read(file_of(PAYER, day_on, [fits, other, more]))
    assert await problems(day, run, rows) == [None, "other", "twice"]
    with pytest.raises(UserError, match="result_misfit"):
        await propose(day, run, actor, rows)
    assert (await day.book(casts[0])).paid == 6000
    assert await propose(day, run, actor, rows[:1]) == 1
    assert await day.agreed_to(run, await day.staff())
    assert await day.payouts(casts[0]) == [("rejected", 6000)]
    await day.prove()


async def test_a_record_is_matched_when_its_cast_has_gone_with_their_account(day: Payday) -> None:
    run, ids, casts, actor = await closed(day)
    async with day.database.transaction() as tx:
        await withdrawal.withdraw(tx, day.settings, casts[0], HASH, 4000)
    fits = Transfer(PLACE, "1", "0123456", "ｻｸﾗ ﾊﾅｺ", 5670, ids[0])
    other = Transfer(PLACE, "1", "0123999", "ｻｸﾗ ﾊﾅｺ", 5670, ids[0])
    more = Transfer(PLACE, "1", "0123456", "ｻｸﾗ ﾊﾅｺ", 5671, ids[0])
    day_on = await day.bank_day()
    for transfer, problem in ((fits, None), (other, "other"), (more, "other")):
        rows = results.read(file_of(PAYER, day_on, [transfer]))
        assert await problems(day, run, rows) == [problem]
    rows = results.read(file_of(PAYER, day_on, [fits]))
    assert await propose(day, run, actor, rows) == 1
    assert await day.agreed_to(run, await day.staff())
    assert (await day.book(casts[0])).payable == 6000
    await day.prove()


async def test_a_row_of_another_run_is_unknown_and_nothing_is_noted(day: Payday) -> None:
    run, ids, casts, actor = await closed(day)
    rows = results.read(f"{ids[0]},口座なし\n99999999,口座なし\n".encode())
    assert await problems(day, run, rows) == [None, "unknown"]
    with pytest.raises(UserError, match="result_misfit"):
        await propose(day, run, actor, rows)
    assert (await day.book(casts[0])).paid == 6000


@pytest.mark.parametrize(
    "file",
    [b"", b"\x00\xff\xfe", "なにか\n".encode(), b"1,2,3\nx,y\n", b"121" + b"0" * 116, b"-5,why"],
)
def test_what_is_no_result_is_refused(file: bytes) -> None:
    with pytest.raises(UserError, match="result_malformed"):
        results.read(file)


def test_files_are_bounded() -> None:
    with pytest.raises(UserError, match="result_long"):
        results.read(b"1" * (results.MOST_BYTES + 1))
    with pytest.raises(UserError, match="result_long"):
        results.read(b"".join(b"%d,x\n" % n for n in range(1, results.MOST_ROWS + 2)))
