"""What each member of staff may see and do, by role. Pure; the staff's door asks here."""

from typing import Literal, get_args

from people.accounts.accounts import StaffRole

Permission = Literal[
    "today",
    "talks",
    "people.see",
    "people.warn",
    "people.suspend",
    "people.ban",
    "people.role",
    "claims",
    "points",
    "books",
    "payouts",
    "packs",
    "alarms",
    "mails",
    "applications",
    "looks",
    "licences",
    "categories",
    "reports",
    "ratings",
    "board",
    "inquiries",
    "acts",
    "identity",
    "site",
    "opening",
]

PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))
ROLES: tuple[StaffRole, ...] = get_args(StaffRole)

_OF: dict[StaffRole, frozenset[Permission]] = {
    "support": frozenset(
        {
            "today",
            "talks",
            "people.see",
            "people.warn",
            "people.suspend",
            "claims",
            "applications",
            "looks",
            "reports",
            "ratings",
            "board",
            "inquiries",
            "mails",
        }
    ),
    "finance": frozenset(
        {
            "today",
            "talks",
            "people.see",
            "claims",
            "points",
            "books",
            "payouts",
            "packs",
            "alarms",
            "mails",
        }
    ),
    "administrator": PERMISSIONS,
}


def permissions(role: StaffRole | None) -> frozenset[Permission]:
    """Return all that a role may see and do; nothing for a member who is no staff."""
    return _OF[role] if role else frozenset()


def may(role: StaffRole | None, permission: Permission) -> bool:
    """Say whether a role has a permission."""
    return permission in permissions(role)


def may_sanction(actor: StaffRole | None, subject: StaffRole | None) -> bool:
    """Say whether a role may warn, suspend or ban one of another role: staff only by the top."""
    return subject is None or actor == "administrator"
