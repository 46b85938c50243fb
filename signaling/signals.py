"""The signals of one side, as they may pass to the other."""

from typing import Any

from prometheus_client import Counter

from media.signals import clean_candidate, clean_sdp
from signaling.protocol import TalkSignal

DROPPED = Counter(
    "hitotoki_signals_dropped",
    "Candidates and lines of descriptions that did not pass to the other side.",
    ["why"],
)


def passed(asked: TalkSignal, *, hides: bool, own: str) -> dict[str, Any] | None:
    """Return the event for the other side, or None where nothing is left of a signal.

    What is dropped is counted and not refused: one bad signal stops none of the good ones.
    """
    fields = asked.model_fields_set & {"description", "candidate"}
    event = asked.model_dump(include=fields | {"talk_id", "pair"}, by_alias=True)
    why = "hidden" if hides else "malformed"
    if asked.candidate is not None:
        text = clean_candidate(asked.candidate.candidate, hides=hides, own=own)
        if text is None:
            DROPPED.labels(why).inc()
            return None
        event["candidate"]["candidate"] = text
    if asked.description is not None and asked.description.type != "rollback":
        sdp, dropped = clean_sdp(asked.description.sdp, hides=hides, own=own)
        DROPPED.labels(why).inc(dropped)
        if sdp is None:
            return None
        event["description"]["sdp"] = sdp
    return event
