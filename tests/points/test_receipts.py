"""A receipt names its addressee once, its tax exactly, and every issue after the first as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UserError
from points import receipts


@given(st.integers(1, 10_000_000), st.integers(0, 50))
def test_the_tax_within_a_price_is_the_largest_whole_yen_not_above_it(
    yen: int, percent: int
) -> None:
    tax = receipts.tax_within(yen, percent)
    assert tax * (100 + percent) <= yen * percent < (tax + 1) * (100 + percent)


def test_ten_percent_of_a_thousand_yen_is_ninety() -> None:
    assert [receipts.tax_within(yen, 10) for yen in (1, 10, 11, 1000, 30_000)] == [
        0, 0, 1, 90, 2727
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "   ", "　", "あ" * 61, "山田\u202e花子", "a\x00b", "\ue000"])
def test_nobody_is_no_addressee(text: str) -> None:
    with pytest.raises(UserError, match="addressee_malformed"):
        receipts.addressee_of(text)


def test_an_addressee_is_kept_as_written_with_its_spaces_tidied() -> None:
    assert receipts.addressee_of(" 株式会社　ひととき\t商事 \r\n") == "株式会社 ひととき 商事"
    assert receipts.addressee_of("𠮷田 👩‍👧") == "𠮷田 👩‍👧"
    assert receipts.addressee_of("<b>山田</b>") == "<b>山田</b>"
