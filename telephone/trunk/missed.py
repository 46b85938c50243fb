"""Events that baresip tells of a call before it has handed out the call.

A trunk that refuses at once is faster than `UserAgent.dial` returns; without this such a call
would ring for ever.
"""

from collections import OrderedDict

from baresip import Call
from baresip.events import StackEvent

MOST_CALLS = 200
MOST_EVENTS = 20


class MissedEvents:
    """The events of calls that nobody has yet."""

    def __init__(self) -> None:
        self._events: OrderedDict[int, list[StackEvent]] = OrderedDict()
        self._had: set[int] = set()

    def see(self, event: StackEvent) -> None:
        """Keep an event of a call that is still to come."""
        if not event.call or event.call in self._had:
            return
        events = self._events.setdefault(event.call, [])
        if len(events) < MOST_EVENTS:
            events.append(event)
        if len(self._events) > MOST_CALLS:
            self._events.popitem(last=False)

    def catch_up(self, call: Call) -> None:
        """Tell a call that was just handed out, and whoever listens to it, what it missed."""
        self._had.add(call.handle)
        for event in self._events.pop(call.handle, []):
            call._on_stack_event(event)

    def forget(self, call: Call) -> None:
        """A call is over."""
        self._had.discard(call.handle)
