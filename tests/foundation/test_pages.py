"""Pages of a list."""

import pytest

from foundation.pages import LAST_PAGE, Page, offset


def test_the_extra_row_only_shows_that_more_follow() -> None:
    page = Page.of([1, 2, 3], number=1, size=2)
    assert (list(page), len(page), page.has_next) == ([1, 2], 2, True)


def test_a_page_that_is_just_full_is_the_last() -> None:
    assert not Page.of([1, 2], number=1, size=2).has_next


def test_no_page_follows_the_last_that_may_be_asked_for() -> None:
    assert not Page.of([1, 2, 3], number=LAST_PAGE, size=2).has_next


@pytest.mark.parametrize(("number", "skipped"), [(1, 0), (3, 20), (0, 0), (-5, 0)])
def test_pages_count_from_one(number: int, skipped: int) -> None:
    assert offset(number, 10) == skipped


def test_a_far_page_is_the_last_one() -> None:
    assert offset(10**12, 10) == offset(LAST_PAGE, 10)
