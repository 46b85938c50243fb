"""One page that holds the practice telephones: what it says of them, and what it is told."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import structlog

from foundation.log import note_failure
from telephone.port import End
from telephone.practice.leg import PracticeLeg
from telephone.practice.line import PracticeLine, PracticeTelephone
from telephone.practice.speech import OpensSpeech, WebRtcSpeech

log = structlog.get_logger(__name__)

KEYS = "0123456789*#"
MOST_OFFER = 16_000
State: TypeAlias = Literal["idle", "ringing", "calling", "connecting", "talking"]
# Told to a page, as JSON; None: it holds the telephones no more, and is closed.
Tell: TypeAlias = Callable[[str | None], None]


class NotUnderstoodError(ValueError):
    """That is nothing that the page of the practice telephones says."""


@dataclass(frozen=True)
class PageAct:
    """What a page has one of its telephones do."""

    telephone: PracticeTelephone
    does: str
    value: str
    offer: str


class PracticePage:
    """A page that is open. Its telephones are nobody's once it is closed."""

    def __init__(self, line: PracticeLine, tell: Tell, opens: OpensSpeech) -> None:
        self._line, self._tell, self._opens = line, tell, opens
        self.closed = False
        self._acts = {
            "dial": self._dial, "answer": self._answer, "key": self._key, "hang_up": self._hang_up,
        }  # fmt: skip
        for one in line.telephones:
            # How the last call ended is told to the page that saw it.
            one.shown, one.last = self._show, None
            self._show(one)
            if one.leg is not None and not one.leg.is_taken_up:
                one.leg.ring()

    async def hear(self, text: str) -> None:
        """Do what the page says. Raises NotUnderstoodError."""
        act = self._understood(text)
        try:
            await self._acts[act.does](act)
        except Exception as error:
            # An offer of which nothing can be made ends the call, not the page.
            note_failure(log, "practice.not_done", error)
            if act.telephone.leg is not None:
                await act.telephone.leg.hang_up(End.LINE_FAILED)
        self._show(act.telephone)

    def _understood(self, text: str) -> PageAct:
        try:
            told: Any = json.loads(text)
            wanted = [str(told.get(name, "")) for name in ("phone", "do", "value", "offer")]
        except (ValueError, AttributeError):
            raise NotUnderstoodError("no message") from None
        name, does, value, offer = wanted
        known = next((one for one in self._line.telephones if one.name == name), None)
        if known is None or does not in self._acts or len(offer) > MOST_OFFER:
            raise NotUnderstoodError("unknown telephone or act")
        return PageAct(known, does, value, offer)

    async def _dial(self, act: PageAct) -> None:
        if act.telephone.leg is not None:
            return
        if not self._line.leads_to(act.value):
            act.telephone.last = End.UNREACHABLE
            return
        leg = act.telephone.dials(act.value)
        await self._connect(act, leg)
        if not leg.is_over.is_set():
            self._line.comes_in(leg)

    async def _answer(self, act: PageAct) -> None:
        leg = act.telephone.leg
        if leg is not None and not leg.called and not leg.is_taken_up:
            await self._connect(act, leg)

    async def _connect(self, act: PageAct, leg: PracticeLeg) -> None:
        answer = await leg.take_up(act.offer, self._opens)
        self._tell(json.dumps({"phone": act.telephone.name, "answer": answer}))

    async def _key(self, act: PageAct) -> None:
        if act.telephone.leg is not None and len(act.value) == 1 and act.value in KEYS:
            act.telephone.leg.press(act.value)

    async def _hang_up(self, act: PageAct) -> None:
        if act.telephone.leg is not None:
            await act.telephone.leg.put_down()

    def _show(self, telephone: PracticeTelephone) -> None:
        leg = telephone.leg
        number = "" if leg is None else leg.called or self._line.numbers[0]
        shown = {
            "phone": telephone.name,
            "state": _state(leg),
            "number": number,
            "wanted": telephone.wanted if leg is not None else "",
            "end": str(telephone.last or ""),
        }
        self._tell(json.dumps(shown))

    async def close(self) -> None:
        """Let go of the telephones: calls that are spoken are over, what rings may ring on."""
        if self.closed:
            return
        self.closed = True
        self._tell(None)
        for one in self._line.telephones:
            await one.taken_away()


def _state(leg: PracticeLeg | None) -> State:
    if leg is None:
        return "idle"
    if leg.is_answered.is_set():
        return "talking"
    if leg.called:
        return "calling"
    return "connecting" if leg.is_taken_up else "ringing"


class PracticeDoor:
    """Who holds the telephones: one page at a time, the first that is there, or who takes them."""

    def __init__(self, line: PracticeLine) -> None:
        self._line = line
        self._page: PracticePage | None = None

    async def open(self, tell: Tell, address: str, *, take: bool) -> PracticePage | None:
        """Give a page the telephones; None where another has them and isn't to be taken them from.

        `address` is the one at which the page has reached the site.
        """
        if self._page is not None and not self._page.closed:
            if not take:
                return None
            await self._page.close()
        self._page = PracticePage(self._line, tell, partial(WebRtcSpeech, address=address))
        return self._page

    async def close(self) -> None:
        """Nobody holds the telephones any more."""
        if self._page is not None:
            await self._page.close()
