"""What each role of the staff may see and do."""

import pytest

from people.accounts.accounts import StaffRole
from people.desk import roles

SUPPORT = {
    "people.see", "people.warn", "people.suspend", "claims", "applications", "looks",
    "reports", "ratings", "board", "inquiries", "mails", "talks", "today",
}  # fmt: skip
FINANCE = {
    "people.see", "claims", "points", "books", "payouts", "packs", "alarms", "mails", "talks",
    "today",
}  # fmt: skip


def test_support_deals_with_people_and_finance_with_money() -> None:
    assert roles.permissions("support") == SUPPORT
    assert roles.permissions("finance") == FINANCE


def test_an_administrator_may_do_everything() -> None:
    assert roles.permissions("administrator") == roles.PERMISSIONS
    assert {*SUPPORT, *FINANCE, "people.ban", "people.role", "acts"} <= roles.PERMISSIONS


def test_only_an_administrator_bans_gives_roles_and_reads_the_logs() -> None:
    for permission in ("people.ban", "people.role", "acts"):
        able = [role for role in roles.ROLES if roles.may(role, permission)]
        assert able == ["administrator"], permission


def test_who_is_no_staff_may_do_nothing() -> None:
    assert roles.permissions(None) == frozenset()
    assert not any(roles.may(None, permission) for permission in roles.PERMISSIONS)


@pytest.mark.parametrize("actor", roles.ROLES)
@pytest.mark.parametrize("subject", [None, *roles.ROLES])
def test_staff_are_sanctioned_by_administrators_alone(
    actor: StaffRole, subject: StaffRole | None
) -> None:
    wanted = subject is None or actor == "administrator"
    assert roles.may_sanction(actor, subject) == wanted
