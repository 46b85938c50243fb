"""Numbers of accounts, and how those of the post office's bank are reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UserError
from payouts.banks.lists import shipped
from payouts.banks.numbers import Kind, PostAccount, kind_of, number_of, post_account, symbol_of


@pytest.mark.parametrize(
    ("typed", "number"),
    [("1234567", "1234567"), ("1", "0000001"), ("１２３", "0000123"), ("123-4567", "1234567"),
     (" 12 34 ", "0001234")],
)  # fmt: skip
def test_a_number_has_seven_digits(typed: str, number: str) -> None:
    assert number_of(typed) == number


@pytest.mark.parametrize(
    "typed", ["", "0", "0000000", "12345678", "12a", "一二三", "٣", "1.5", "+1", "1" * 5000]
)
def test_what_is_none_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="account_number"):
        number_of(typed)


@pytest.mark.parametrize(
    ("symbol", "number", "kind", "reached"),
    [
        # As the bank's own page has them.
        ("10530", "12345671", "1", PostAccount("058", "1", "1234567")),
        ("17300", "19927651", "1", PostAccount("738", "1", "1992765")),
        ("10140", "1231", "4", PostAccount("018", "4", "0000123")),
        ("00530", "123456", "1", PostAccount("059", "2", "0123456")),
        ("00100-8", "5", "2", PostAccount("019", "2", "0000005")),
        ("１０５３０", "１２３４５６７１", "1", PostAccount("058", "1", "1234567")),
    ],
)
def test_symbol_and_number_are_turned(
    symbol: str, number: str, kind: Kind, reached: PostAccount
) -> None:
    assert post_account(symbol_of(symbol), number, kind) == reached


@pytest.mark.parametrize(
    ("symbol", "number", "kind", "code"),
    [
        ("10530", "12345678", "1", "account_post_number"),
        ("10530", "123456781", "1", "account_post_number"),
        ("10530", "1", "1", "account_post_number"),
        ("10530", "00001", "1", "account_post_number"),
        ("10530", "12345671", "2", "account_kind"),
        ("00530", "1234567", "2", "account_giro_number"),
        ("00530", "0", "2", "account_giro_number"),
        ("00530", "", "2", "account_giro_number"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    symbol: str, number: str, kind: Kind, code: str
) -> None:
    with pytest.raises(UserError, match=code):
        post_account(symbol_of(symbol), number, kind)


@pytest.mark.parametrize("typed", ["", "20530", "1053", "105300", "1053a", "10530-12"])
def test_a_symbol_has_five_digits_and_begins_with_one_or_nought(typed: str) -> None:
    with pytest.raises(UserError, match="account_symbol"):
        symbol_of(typed)


@pytest.mark.parametrize("typed", ["", "3", "9", "１", "普通"])
def test_there_are_three_kinds(typed: str) -> None:
    with pytest.raises(UserError, match="account_kind"):
        kind_of(typed)


@given(st.sampled_from("01"), st.integers(0, 99), st.integers(1, 99999))
def test_a_number_of_the_post_bank_is_always_seven_digits(
    first: str, area: int, number: int
) -> None:
    typed = f"{number}1" if first == "1" else str(number)
    found = post_account(f"{first}{area:02}00", typed, "1")
    assert len(found.number) == 7
    assert int(found.number) == number
    assert found.branch == f"{area:02}{8 if first == '1' else 9}"


def test_the_branches_that_come_of_it_are_in_the_list() -> None:
    bank = shipped().bank("9900")
    assert bank
    for branch in ("058", "018", "738", "019", "059"):
        assert branch in bank.branches
