"""The bank's file, read back by a reader that knows the format's description and nothing else."""

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from payouts.banks.holders import half_width, holder_kana
from payouts.runs import files
from payouts.runs.zengin import BankPlace, MisfitError, Payer, Transfer, file_of
from tests.payouts.payday import Payday
from tests.payouts.zengin_reader import read

PLACE = BankPlace("0001", "ﾐｽﾞﾎ", "001", "ﾄｳｷﾖｳｴｲｷﾞﾖｳﾌﾞ")
PAYER = Payer("0123456789", "ｶ)ﾋﾄﾄｷ", PLACE, "1", "7654321")
DAY = date(2028, 2, 29)


def transfer(holder: str = "ｻｸﾗ ﾊﾅｺ", amount: int = 5000, reference: int = 7) -> Transfer:
    return Transfer(PLACE, "1", "0123456", holder, amount, reference)


def test_each_field_is_where_the_bank_looks_for_it() -> None:
    found = read(file_of(PAYER, DAY, [transfer()]))
    assert found.header == {
        "record": "1", "kind": "21", "code": "0", "payer_code": "0123456789",
        "payer_name": "ｶ)ﾋﾄﾄｷ", "day": "0229", "bank": "0001", "bank_name": "ﾐｽﾞﾎ",
        "branch": "001", "branch_name": "ﾄｳｷﾖｳｴｲｷﾞﾖｳﾌﾞ", "account_kind": "1",
        "account": "7654321", "dummy": "",
    }  # fmt: skip
    assert found.data == [{
        "record": "2", "bank": "0001", "bank_name": "ﾐｽﾞﾎ", "branch": "001",
        "branch_name": "ﾄｳｷﾖｳｴｲｷﾞﾖｳﾌﾞ", "clearing": "0000", "account_kind": "1",
        "account": "0123456", "holder": "ｻｸﾗ ﾊﾅｺ", "amount": "0000005000", "new": "0",
        "customer_1": "0000000007", "customer_2": "0000000000", "wire": "7",
        "identification": "", "dummy": "",
    }]  # fmt: skip
    assert (found.trailer["count"], found.trailer["total"]) == ("000001", "000000005000")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ショウジ ャュョッ", "ｼﾖｳｼﾞ ﾔﾕﾖﾂ"),
        ("ガギグ パピプ", "ｶﾞｷﾞｸﾞ ﾊﾟﾋﾟﾌﾟ"),
        ("カ）ヒトトキ．（エイギョウ）", "ｶ)ﾋﾄﾄｷ.(ｴｲｷﾞﾖｳ)"),
        ("smith john", "SMITH JOHN"),
        ("あ" * 30, "ｱ" * 30),
    ],
)
def test_names_as_people_type_them_arrive_as_banks_write_them(typed: str, written: str) -> None:
    found = read(file_of(PAYER, DAY, [transfer(holder_kana(typed))]))
    assert found.data[0]["holder"] == written


def test_ten_digits_and_a_total_of_more_than_ten_fit() -> None:
    found = read(file_of(PAYER, DAY, [transfer(amount=9_999_999_999)] * 99))
    assert found.trailer["total"] == "989999999901"


def test_9999_records_fit() -> None:
    many = [transfer(amount=n, reference=n) for n in range(1, 10_000)]
    found = read(file_of(PAYER, DAY, many))
    assert [int(one["customer_1"]) for one in found.data] == list(range(1, 10_000))
    assert found.trailer["count"] == "009999"


@pytest.mark.parametrize(
    "misfit",
    [
        transfer("ア" * 3),
        transfer("ｱ" * 31),
        transfer(""),
        transfer("ｼｬﾁｮｳ"),
        transfer("A\nB"),
        transfer(amount=10_000_000_000),
        transfer(reference=10**10),
        Transfer(PLACE, "1", "123456", "ｱ", 1, 1),
        Transfer(PLACE, "1", "１２３４５６７", "ｱ", 1, 1),
        Transfer(BankPlace("001", "ｱ", "001", "ｱ"), "1", "1234567", "ｱ", 1, 1),
    ],
)
def test_what_no_field_holds_makes_no_file(misfit: Transfer) -> None:
    with pytest.raises(MisfitError):
        file_of(PAYER, DAY, [transfer(), misfit])


def test_a_bank_of_a_long_name_is_cut_off() -> None:
    long = BankPlace("9999", "ｱ" * 20, "999", "ｲ" * 16)
    found = read(file_of(PAYER, DAY, [Transfer(long, "4", "1234567", "ｱ", 1, 1)]))
    assert found.data[0]["bank_name"] == "ｱ" * 15
    assert found.data[0]["branch_name"] == "ｲ" * 15


@given(st.text(alphabet="アイガパャッー゛ ABc019().-/", min_size=1, max_size=30))
def test_whatever_is_a_holder_is_one_in_the_file(text: str) -> None:
    try:
        holder = holder_kana(text)
    except UserError:
        return
    found = read(file_of(PAYER, DAY, [transfer(holder)]))
    assert found.data[0]["holder"] == holder


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = {
        "payout": "request",
        "transfer_code": "0123456789",
        "transfer_name": "カ）ひととき",
        "transfer_account": "0001-001-1-7654321",
    }
    return await Payday.of(database, owner_database, settings.model_copy(update=said))


async def test_a_runs_file_says_what_each_is_paid(day: Payday) -> None:
    casts = [await day.payable(), await day.payable("みお")]
    ids = [await day.ask(cast, amount) for cast, amount in zip(casts, (6000, 7000), strict=True)]
    actor = await day.staff()
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        found = read(await files.bank_file(tx, day.settings, run, actor))
        filed = await tx.scalar(sa.text("SELECT filed_at FROM payout_runs"))
    assert [(int(one["customer_1"]), int(one["amount"])) for one in found.data] == [
        (ids[0], 5670),
        (ids[1], 6670),
    ]
    assert found.header["payer_name"] == half_width("カ）ひととき")
    assert found.header["day"] == f"{await day.bank_day():%m%d}"
    assert filed is not None


async def test_a_site_that_names_no_account_of_its_own_has_no_file(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    for lacking in ({"transfer_code": None}, {"transfer_account": "0001-998-1-7654321"}):
        settings = day.settings.model_copy(update=lacking)
        async with day.database.transaction() as tx:
            with pytest.raises(UserError, match="transfer_unset"):
                await files.bank_file(tx, settings, run, actor)


async def test_who_does_not_fit_is_named(day: Payday) -> None:
    cast, actor = await day.cast("みお"), await day.staff()
    await day.account(cast, holder="ｱ" * 40)
    await day.earn(cast, 6)
    await day.pass_days(40)
    await day.ask(cast, 6000)
    run = await day.gather(actor)
    await day.agreed(run, actor)
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="みおさん") as refused:
            await files.bank_file(tx, day.settings, run, actor)
    assert refused.value.code == "transfer_misfit"
