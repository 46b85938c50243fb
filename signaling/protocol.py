"""Every event that a browser may send, and its payload. docs/protocol.md tells the whole."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]
# As wide as the database keeps it: one figure too large would fail a whole batch of beats.
Pair = Annotated[int, Field(ge=0, le=2**31 - 1)]
Counter = Annotated[int, Field(ge=0, le=2**53 - 1)]
# A day and more: a talk is never so long, and the database keeps it.
Ago = Annotated[int, Field(ge=0, le=100_000_000)]
Tab = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class Payload(BaseModel):
    """A payload: JSON types exactly as declared, and no field that isn't."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(Payload):
    """An event without a payload."""


class StandbyOpen(Payload):
    """Begin to wait in one's room."""

    room_id: Id


class StandbyBeat(Payload):
    """A sign of life on stand-by. `works`: the microphone, and camera, that the room needs do."""

    works: bool = True


class TopicWatch(Payload):
    """Hear of a topic of the board that is open."""

    topic_id: Id


class TalkJoin(Payload):
    """Sit down in a talk. `fresh` asks for a new peer connection, `take_over` for the seat."""

    talk_id: Id
    tab: Tab
    fresh: bool = False
    take_over: bool = False


class Description(Payload):
    """An SDP offer or answer."""

    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Annotated[str, Field(max_length=40_000)] = ""


class Candidate(Payload):
    """An ICE candidate, as `RTCIceCandidate.toJSON()` writes it."""

    candidate: Annotated[str, Field(max_length=1_000)]
    sdp_mid: Annotated[str | None, Field(max_length=64, alias="sdpMid")] = None
    sdp_line: Annotated[int | None, Field(ge=0, le=100, alias="sdpMLineIndex")] = None
    fragment: Annotated[str | None, Field(max_length=256, alias="usernameFragment")] = None


class TalkSignal(Payload):
    """A description or a candidate for the other side, of the peer connection `pair`."""

    talk_id: Id
    pair: Pair
    description: Description | None = None
    candidate: Candidate | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "TalkSignal":
        if len(self.model_fields_set & {"description", "candidate"}) != 1:
            raise ValueError("a signal carries either a description or a candidate")
        return self


class TalkFlow(Payload):
    """One kind of media, since the last acknowledged beat: what arrived and what was reported."""

    received: Counter
    received_ago_ms: Ago | None
    sent: Counter
    reported_ago_ms: Ago | None
    on: bool


class TalkBeat(Payload):
    """What a browser receives of the other side, and what it holds of the other's reports."""

    talk_id: Id
    pair: Pair
    audio: TalkFlow | None
    video: TalkFlow | None
    packets: Counter
    lost: Counter
    rtt_ms: Annotated[int, Field(ge=0, le=600_000)]
    hidden: bool = False

    @property
    def flows(self) -> bool:
        """Whether anything arrives."""
        return any(kind and kind.received > 0 for kind in (self.audio, self.video))


class TalkByVoice(Payload):
    """Agree, or not, to go on by voice while the picture is frozen."""

    talk_id: Id
    agree: bool


class TalkRecord(Payload):
    """Ask for a recording, agree to one, stop (also: decline, take back), or ask how it stands.

    `seen` names the words that the page had shown before it asked or agreed.
    """

    talk_id: Id
    act: Literal["ask", "agree", "stop", "look"]
    seen: Annotated[str, Field(max_length=40)] = ""


class TalkSay(Payload):
    """A chat message; the same `key` twice is one message."""

    talk_id: Id
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    text: Annotated[str, Field(max_length=8_000)]


class ChatTyping(Payload):
    """One writes in a consultation just now."""

    chat_id: Id


class TalkLeave(Payload):
    """Hang up."""

    talk_id: Id


class TalkGoOn(Payload):
    """Agree, or no longer agree, to go on by the minute after the reserved end."""

    talk_id: Id
    agree: bool


class TalkCap(Payload):
    """End the talk by itself after so many charged minutes, or not (null)."""

    talk_id: Id
    minutes: Annotated[int, Field(ge=1, le=1440)] | None
