"""How long a session lasts: unused, and of staff in all."""

import sqlalchemy as sa

from people.accounts.tables import sessions, users

# Whoever is staff signs in anew after so long: a browser left open overnight opens nothing.
STAFF_HOURS = 8


def is_open() -> sa.ColumnElement[bool]:
    """Return the condition that a session has not ended; a member of staff's ends used or not."""
    now = sa.func.clock_timestamp()
    begun = sessions.c.created_at > now - sa.func.make_interval(0, 0, 0, 0, STAFF_HOURS)
    return sa.and_(sessions.c.expires_at > now, sa.or_(users.c.staff_role.is_(None), begun))
