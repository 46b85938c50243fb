"""The clock: the meter's tick and the timetable."""
