"""What an event of the provider's may consist of, whoever signed it: what our tables can keep."""

import json
import math
from typing import Any

from foundation.numbers import BIGGEST
from points.payments.provider import Event

# The provider's own go to about ten.
DEEPEST = 64
LONGEST_NAME = 200


def event_of(body: bytes) -> Event:
    """Return the event that a body is. Raises ValueError for what is none, however malformed."""
    try:
        event = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(event, dict) or not all(_is_name(event.get(key)) for key in ("id", "type")):
        raise ValueError("no event")
    data = event.get("data")
    if not isinstance(data, dict) or not isinstance(data.get("object"), dict):
        raise ValueError("an event about nothing")
    _must_be_keepable(event)
    return event


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME


def _must_be_keepable(event: Event) -> None:
    """Refuse what JSON in Python may hold and PostgreSQL's may not, and what is deep or huge."""
    level: list[Any] = [event]
    for _ in range(DEEPEST):
        if not level:
            return
        for value in level:
            _must_fit(value)
        level = [inner for value in level for inner in _inside(value)]
    raise ValueError("nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _must_fit(value: Any) -> None:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is a UnicodeError, which is a ValueError
        if "\0" in value:
            raise ValueError("a text with a NUL")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is none")
    elif isinstance(value, int) and abs(value) > BIGGEST:
        raise ValueError("a number out of bounds")
