"""The allowance of unproved light: picture and sound of a talk that no meter counts.

It is made of the time for which a new pair was bright before its meter started, and of the time
after the last proof of an interruption, as far as somebody's figures show that media may have
flown. Where nobody holds anything newer, as in a tunnel, nothing is used.
"""

# With less left than this, light is given only to what is being proved.
TIGHT_MS = 4000
TIGHT_BEAT_MS = 2000
# With less left than this, beats are asked for often: darkness must not flicker between two.
FREQUENT_MS = 8000
# How long after it stopped for a frozen picture a talk is dark.
AFTER_STOP_MS = 3000
# A beat may come so much later than its time.
LATE_BEAT_MS = 3000

# The SQL for milliseconds between two moments of a talk, never negative.
_MS = "greatest(0, floor(extract(epoch FROM {}) * 1000))::bigint"

# No two signs of a flow lie further apart than this: sound is reported on every 3 to 7 s.
FLOW_GAP_MS = 9000
# What the present interruption used.
LAPSE = "coalesce({}, 0)".format(
    _MS.format(
        "least(CASE WHEN dark THEN greatest(dark_at, lapse_at) ELSE clock_timestamp() END,"
        " coalesce(flow_at, lapse_at)) - lapse_at"
    )
)
# What a bright pair used whose meter has not started.
LIT = "coalesce({}, 0)".format(_MS.format("clock_timestamp() - lit_at"))
# The allowance used up to now.
USED = f"(unproved_ms + {LAPSE} + {LIT})"
# When the meter starts, only the time since something first flowed on the pair is used.
USED_AT_START = "(unproved_ms + {} + CASE WHEN lit_at IS NULL THEN 0 ELSE {} END)".format(
    LAPSE, _MS.format("{since} - greatest(lit_at, coalesce(pair_flow_at, {since}))")
)


def left_ms(unproved_seconds: int, used_ms: int) -> int:
    """Return how much unproved light a talk may still have."""
    return max(0, unproved_seconds * 1000 - used_ms)


def beat_ms(beat_seconds: int, left: int) -> int:
    """Return the interval at which both sides are to beat."""
    return min(beat_seconds * 1000, TIGHT_BEAT_MS) if left < FREQUENT_MS else beat_seconds * 1000
