"""What the tables of every package share."""

import sqlalchemy as sa

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Return the SQL condition that holds `column` to a fixed set of words."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"{column} IN ({words})"
