"""What the money of a purchase means for its points."""

from datetime import UTC, datetime

import pytest

from points.payments.rules import Dispute, DisputeState, Gone, Refund, gone, told

EARLY, LATE = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
INQUIRY = Dispute(1000, EARLY, True, "open")


@pytest.mark.parametrize(
    ("refunds", "disputes", "expected"),
    [
        ([], [], Gone(0, 0)),
        ([Refund(400, LATE)], [], Gone(400, 0)),
        ([Refund(400, LATE), Refund(600, None)], [], Gone(1000, 0)),
        ([Refund(700, LATE), Refund(700, LATE)], [], Gone(1000, 0)),
        ([], [Dispute(600, EARLY, False, "open")], Gone(600, 600)),
        ([], [Dispute(600, EARLY, False, "lost")], Gone(600, 0)),
        ([], [Dispute(600, EARLY, False, "won")], Gone(0, 0)),
        ([Refund(400, EARLY)], [Dispute(600, LATE, False, "open")], Gone(1000, 600)),
        ([Refund(400, EARLY)], [Dispute(1000, LATE, False, "open")], Gone(1000, 600)),
        ([], [INQUIRY], Gone(1000, 1000)),
        ([Refund(300, LATE)], [INQUIRY], Gone(1000, 700)),
        ([Refund(1000, LATE)], [INQUIRY], Gone(1000, 0)),
        ([Refund(500, LATE)], [Dispute(500, EARLY, True, "open")], Gone(500, 0)),
        ([Refund(500, EARLY)], [Dispute(500, LATE, True, "open")], Gone(1000, 500)),
        ([Refund(500, None)], [Dispute(500, EARLY, True, "open")], Gone(1000, 500)),
        # A bank that takes money doesn't care for what was given back in the meantime.
        ([Refund(500, LATE)], [Dispute(500, EARLY, False, "lost")], Gone(1000, 0)),
    ],
)
def test_the_points_that_are_gone(
    refunds: list[Refund], disputes: list[Dispute], expected: Gone
) -> None:
    assert gone(1000, 1000, refunds, disputes) == expected


def test_a_bonus_goes_with_its_part_of_the_price_and_parts_make_up_the_whole() -> None:
    parts = [Refund(yen, LATE) for yen in (1, 1666, 3333)]
    taken = [gone(5000, 5100, parts[:count], []).points for count in range(4)]
    assert taken == [0, 2, 1701, 5100]


@pytest.mark.parametrize(
    ("status", "closed", "expected"),
    [
        ("warning_needs_response", False, (True, "open")),
        ("warning_under_review", False, (True, "open")),
        ("warning_closed", True, (True, "won")),
        ("needs_response", False, (False, "open")),
        ("under_review", False, (False, "open")),
        ("appeal_under_review", False, (False, "open")),
        ("won", True, (False, "won")),
        ("lost", True, (False, "lost")),
        ("charge_refunded", True, (False, "won")),
        ("prevented", False, (False, "won")),
        ("a new word", False, (False, "open")),
        ("a new word", True, (False, "lost")),
        (None, True, (False, "lost")),
    ],
)
def test_what_the_provider_calls_it(
    status: str | None, closed: bool, expected: tuple[bool, str]
) -> None:
    found = told({"amount": 1000, "status": status}, None, closed=closed)
    assert (found.inquiry, found.state) == expected


def test_a_dispute_never_goes_back_to_an_earlier_stage() -> None:
    ways: list[tuple[bool, DisputeState]] = [
        (True, "open"), (True, "won"), (False, "open"), (False, "won"), (False, "lost"),
    ]  # fmt: skip
    stages = [Dispute(1, None, inquiry, state).stage for inquiry, state in ways]
    assert stages == [0, 1, 2, 3, 3]
