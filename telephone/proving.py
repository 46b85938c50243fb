"""The call that proves a number: it speaks a code twice, slowly, and asks for nothing."""

import asyncio

import structlog

from foundation.database import Database
from foundation.settings import Settings
from people.telephones import proof_calls
from people.telephones.proof_calls import Outcome, SpokenCode
from rooms.calling.orders import TelephoneOrder
from telephone.port import End, LineAwayError, NotDialledError, PhoneLine
from telephone.speech import Speech

log = structlog.get_logger(__name__)

# An answering machine must have come to its end, and nobody listens for longer.
SPOKEN_SECONDS = 60
# Whoever lifts the telephone to their ear has it there.
BREATH = bytes(16_000)
# Nothing rang: the number, or the line, is wrong.
NOT_RUNG = (End.LINE_FAILED, End.UNREACHABLE)


class Proving:
    """Carries out the orders `prove`."""

    def __init__(
        self, settings: Settings, database: Database, line: PhoneLine, speech: Speech
    ) -> None:
        self._settings = settings
        self._database = database
        self._line = line
        self._speech = speech

    async def prove(self, order: TelephoneOrder) -> None:
        """Ring the number of a proof and speak its code; note what came of it."""
        assert order.subject is not None
        async with self._database.transaction() as tx:
            told = await proof_calls.to_speak(tx, self._settings, order.subject)
        if told is None:
            return
        outcome: Outcome = "failed"
        try:
            outcome = await self._ring(told)
        except (LineAwayError, NotDialledError) as error:
            log.warning("telephone.proof_not_rung", proof=order.subject, why=type(error).__name__)
        finally:
            async with self._database.transaction() as tx:
                await proof_calls.note(tx, order.subject, outcome)

    async def _ring(self, told: SpokenCode) -> Outcome:
        async with await self._line.dial(told.e164) as leg:
            answered = asyncio.ensure_future(leg.is_answered.wait())
            over = asyncio.ensure_future(leg.is_over.wait())
            try:
                await asyncio.wait(
                    {answered, over},
                    return_when=asyncio.FIRST_COMPLETED,
                    timeout=self._settings.telephone_ring_seconds,
                )
            finally:
                answered.cancel()
                over.cancel()
                await asyncio.gather(answered, over, return_exceptions=True)
            if not leg.is_answered.is_set():
                await leg.hang_up(End.NO_ANSWER)
                return "failed" if leg.end in NOT_RUNG else "missed"
            async with asyncio.timeout(SPOKEN_SECONDS):
                whole = await leg.say(BREATH, *self._words(told))
            return "spoken" if whole else "missed"

    def _words(self, told: SpokenCode) -> list[bytes]:
        language = "en" if told.locale == "en" else "ja"
        return [
            self._speech(prompt, language, code=told.code) for prompt in ("prove", "prove_again")
        ]
