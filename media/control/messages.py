"""What web and media processes tell each other, one JSON object a message.

A web process asks: `offer`, `counts`, `record_end`. A media process answers what has a number
(`answered`, `counted`, `refused`), and tells all by itself how it is (`state`, every second).
Candidates are not passed on: the relay speaks to nobody who has not spoken to it. Which talks go on
and which recordings may be written stands in the database.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from media.relay.terms import Counts, LegKey, Side

LARGEST_MESSAGE = 128 * 1024

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
Sdp = Annotated[str, Field(max_length=60_000)]
Code = Annotated[str, Field(max_length=60)]


class ControlMessage(BaseModel):
    """A message: JSON types exactly as declared, and no field that isn't."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OfLeg(ControlMessage):
    """A message about one browser's connection."""

    talk_id: Id
    pair: Annotated[int, Field(ge=0, le=2**31 - 1)]
    side: Side

    @property
    def leg(self) -> LegKey:
        """The connection that is meant."""
        return LegKey(self.talk_id, self.pair, self.side)


class OfferAsked(OfLeg):
    """A browser's offer. Answered."""

    kind: Literal["offer"] = "offer"
    id: Number
    sdp: Sdp


class CountsAsked(OfLeg):
    """What of a connection came and was passed on? Answered."""

    kind: Literal["counts"] = "counts"
    id: Number


class RecordEnd(ControlMessage):
    """End a recording."""

    kind: Literal["record_end"] = "record_end"
    recording_id: Id


class Answered(ControlMessage):
    """The answer to an offer, with all candidates inside."""

    kind: Literal["answered"] = "answered"
    id: Number
    sdp: Sdp


class LegsCounted(ControlMessage):
    """The counts of both sides' connections of the pair that was asked for, as far as there are."""

    kind: Literal["counted"] = "counted"
    id: Number
    own: Counts | None
    other: Counts | None


class Refused(ControlMessage):
    """What was asked can't be done: `full`, `bad_offer`, `stale`, `failed`, `busy`."""

    kind: Literal["refused"] = "refused"
    id: Number
    code: Code


class Hello(ControlMessage):
    """The first word of a media process: by it it proves the secret, too."""

    kind: Literal["hello"] = "hello"
    answer: Annotated[str, Field(max_length=200)]


class HostState(ControlMessage):
    """How a media process is: its id among the hosts, and whether it is about to stop."""

    kind: Literal["state"] = "state"
    host_id: Id
    legs: Number
    draining: bool


Asked: TypeAlias = Annotated[
    OfferAsked | CountsAsked | RecordEnd,
    Field(discriminator="kind"),
]
Answer: TypeAlias = Answered | LegsCounted | Refused
Told: TypeAlias = Annotated[
    Answered | LegsCounted | Refused | Hello | HostState,
    Field(discriminator="kind"),
]
ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
TOLD: TypeAdapter[Told] = TypeAdapter(Told)
