"""When each line of the timetable last ran, shared by all processes."""

import sqlalchemy as sa

from foundation.columns import MOMENT
from foundation.database import metadata

timetable_runs = sa.Table(
    "timetable_runs",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("began_at", MOMENT, nullable=False),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("error", sa.Text, nullable=True),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
    sa.CheckConstraint("length(error) <= 500", name="error_length"),
)
