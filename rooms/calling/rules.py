"""Pure decisions about calls: no clock, no database."""

from typing import Literal

from rooms.ground.calling_tables import CALL_ENDS

Whose = Literal["caller", "cast", "nobody"]

# Of a promised call: how soon both are rung again after trouble of the line, and while one of them
# is in another talk; how little of a reserved time is not worth a ring, and how often one rings.
LINE_AGAIN_SECONDS = 15
TAKEN_AGAIN_SECONDS = 3
LEAST_LEFT_SECONDS = 60
MOST_RUNG = 6
# How often an application is rung for, whose cast says yes and then doesn't come.
MOST_OF_APPLICATION = 3

# Ends of a call for which its cast wasn't to be reached.
_MISSED = tuple(
    f"cast_{end}"
    for end in ("busy", "declined", "no_answer", "unreachable", "unconfirmed", "hung_up")
)
# How the line tells that a telephone wasn't reached, and what that is of a call.
_OF_LEG = {
    "busy": "busy",
    "declined": "declined",
    "no_answer": "no_answer",
    "unreachable": "unreachable",
    "unconfirmed": "unconfirmed",
    "they_hung_up": "hung_up",
    "silent": "hung_up",
}


def why_of(side: str, leg_end: str) -> str:
    """Return why a call is over, one of whose legs ended so before both were joined."""
    if leg_end not in _OF_LEG:
        return "line_failed"
    why = f"{side}_{_OF_LEG[leg_end]}"
    assert why in CALL_ENDS
    return why


def misses_after(why: str, before: int) -> int:
    """Return how often in a row a cast was rung in vain, after a call that ended so."""
    if why == "talked":
        return 0
    return before + 1 if why in _MISSED else before


def talk_reason(side: str, leg_end: str) -> str:
    """Return why a talk ends, one of whose telephones did.

    A cast whose telephone died has left the caller: what was cut short goes back.
    """
    if leg_end == "they_hung_up" or (side, leg_end) == ("cast", "silent"):
        return f"{side}_left"
    return "connection_lost" if leg_end == "silent" else "line_failed"


def price(room_rate: int, line_fee: int) -> int:
    """Return what a minute by telephone costs, in points: the room's rate and the line."""
    return room_rate + line_fee


def cost_yen(seconds: float, minute_yen: int) -> int:
    """Return what a telephone of so many answered seconds costs, by begun minutes."""
    return minute_yen * (-int(-seconds // 60)) if seconds > 0 else 0
