"""What a browser offers, and of that what the relay can pass on."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from aiortc import RTCDtlsParameters, RTCIceParameters
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import (
    H264Profile,
    MediaDescription,
    SessionDescription,
    parse_h264_profile_level_id,
)

from media.relay.terms import Kind, RelayError

MOST_OCTETS = 32_000
MOST_LINES = 1000
# In this order browsers are told of them, and they send the first. Every browser has VP8; H264
# is missing where it comes as an addition that has not been loaded yet.
FORMATS = ("opus", "vp8", "h264")
CLOCK_RATES = {"opus": 48_000, "vp8": 90_000, "h264": 90_000}
AGAIN = "again:"
# Arrivals are reported for the whole way; the level of the sound draws the other's voice. Of sound
# they are not: Firefox reports none, and Chromium would take every packet of it for lost.
ARRIVALS = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
EXTENSIONS: dict[str, str] = {"audio": LEVEL, "video": ARRIVALS}
# The estimate of a bandwidth (goog-remb) is not among them: only transport-cc sees the whole way.
FEEDBACK = {"audio": (), "video": ("transport-cc", "ccm fir", "nack", "nack pli")}
_NAME = re.compile(r"[A-Za-z0-9+/_.-]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9+/=_-]{4,256}")


@dataclass(frozen=True)
class Format:
    """A payload type, and what goes with it."""

    number: int
    parameters: str = ""
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True)
class MediaLine:
    """One kind of a browser's offer: `formats` by name, those of repetitions after `AGAIN`."""

    kind: Kind
    mid: str
    direction: str
    ssrc: int | None
    again_ssrc: int | None
    formats: dict[str, Format]
    extensions: dict[str, int]

    def only(self, names: Collection[str]) -> "MediaLine":
        """Return the line with no more formats than those. Raises RelayError."""
        formats = {name: each for name, each in self.formats.items() if name in names}
        if not formats:
            raise RelayError("bad_offer", f"no {self.kind} that the other side knows")
        return MediaLine(**{**self.__dict__, "formats": formats})


@dataclass(frozen=True)
class LegOffer:
    """A browser's offer. `order` are the names of its lines; `notes` that of the data channel."""

    ice: RTCIceParameters
    dtls: RTCDtlsParameters
    lines: dict[Kind, MediaLine]
    order: tuple[str, ...]
    notes: str | None
    notes_port: int


def read_offer(sdp: str) -> LegOffer:
    """Read an offer. Raises RelayError("bad_offer")."""
    if len(sdp) > MOST_OCTETS or sdp.count("\n") > MOST_LINES:
        raise RelayError("bad_offer", "too long")
    try:
        return _offer(SessionDescription.parse(sdp))
    except RelayError:
        raise
    except Exception as error:
        # The parser leaves what makes no sense to whatever stumbles over it.
        raise RelayError("bad_offer", type(error).__name__) from error


def _offer(session: SessionDescription) -> LegOffer:
    order = tuple(media.rtp.muxId for media in session.media)
    kinds = [media.kind for media in session.media]
    if not order or len(set(order)) < len(order) or not all(map(_NAME.fullmatch, order)):
        raise RelayError("bad_offer", "lines without names of their own")
    if len(set(kinds)) < len(kinds) or not {*kinds} <= {"audio", "video", "application"}:
        raise RelayError("bad_offer", "lines of these kinds")
    if [group.items for group in session.group if group.semantic == "BUNDLE"] != [list(order)]:
        raise RelayError("bad_offer", "not all on one way")
    first = session.media[0]
    notes = next((media for media in session.media if media.kind == "application"), None)
    lines = [_line(media) for media in session.media if media is not notes]
    return LegOffer(
        ice=_ice(first),
        dtls=_dtls(first),
        lines={line.kind: line for line in lines},
        order=order,
        notes=notes.rtp.muxId if notes else None,
        notes_port=(notes.sctp_port if notes else None) or 5000,
    )


def _ice(media: MediaDescription) -> RTCIceParameters:
    ice = media.ice
    secrets = (ice.usernameFragment, ice.password) if ice else (None, None)
    if not all(secret and _SECRET.fullmatch(secret) for secret in secrets):
        raise RelayError("bad_offer", "no name or password for the way")
    return RTCIceParameters(*secrets)


def _dtls(media: MediaDescription) -> RTCDtlsParameters:
    """The relay goes first in the handshake, so the browser must be able to wait."""
    if not media.dtls or media.dtls.role == "client" or not 1 <= len(media.dtls.fingerprints) <= 8:
        raise RelayError("bad_offer", "no fingerprint, or another role")
    return RTCDtlsParameters(fingerprints=media.dtls.fingerprints, role="server")


def _line(media: MediaDescription) -> MediaLine:
    if not media.rtcp_mux:
        raise RelayError("bad_offer", "RTCP on a way of its own")
    formats = _formats(media.rtp.codecs)
    if not formats:
        raise RelayError("bad_offer", f"no {media.kind} that passes")
    ssrc, again = _ssrcs(media)
    return MediaLine(
        kind="video" if media.kind == "video" else "audio",
        mid=media.rtp.muxId,
        direction=media.direction or "sendrecv",
        ssrc=ssrc,
        again_ssrc=again,
        formats=formats,
        extensions={each.uri: each.id for each in media.rtp.headerExtensions
                    if each.uri == EXTENSIONS[media.kind] and 1 <= each.id <= 14},
    )  # fmt: skip


def _formats(codecs: list[RTCRtpCodecParameters]) -> dict[str, Format]:
    """The first of each name, in our order, each followed by its repetitions."""
    numbered = [
        (codec, codec.payloadType)
        for codec in codecs
        if codec.payloadType is not None and 0 <= codec.payloadType < 128
    ]
    again = {codec.parameters.get("apt"): number
             for codec, number in numbered if codec.name.lower() == "rtx"}  # fmt: skip
    formats: dict[str, Format] = {}
    for name in FORMATS:
        found = next((each for each in numbered if _name(each[0]) == name), None)
        if not found:
            continue
        codec, number = found
        formats[name] = Format(number, _parameters(name, codec), _feedback(codec))
        if (repeated := again.get(number)) is not None:
            formats[AGAIN + name] = Format(repeated, f"apt={number}")
    return formats


def _name(codec: RTCRtpCodecParameters) -> str | None:
    name = codec.name.lower()
    if name not in FORMATS or codec.clockRate != CLOCK_RATES[name]:
        return None
    if name != "h264":
        return name
    level = str(codec.parameters.get("profile-level-id", ""))
    if str(codec.parameters.get("packetization-mode")) != "1" or not re.fullmatch(
        r"[0-9A-Fa-f]{6}", level
    ):
        return None
    try:
        profile, _ = parse_h264_profile_level_id(level)
    except ValueError:
        return None
    return name if profile == H264Profile.PROFILE_CONSTRAINED_BASELINE else None


def _parameters(name: str, codec: RTCRtpCodecParameters) -> str:
    if name == "opus":
        # What of the speech is lost on the way is made up from the packet after it.
        return "minptime=10;useinbandfec=1"
    if name == "h264":
        level = codec.parameters["profile-level-id"]
        return f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={level}"
    return ""


def _feedback(codec: RTCRtpCodecParameters) -> tuple[str, ...]:
    wanted = FEEDBACK["audio" if codec.name.lower() == "opus" else "video"]
    offered = {" ".join(filter(None, (each.type, each.parameter))) for each in codec.rtcpFeedback}
    return tuple(each for each in wanted if each in offered)


def _ssrcs(media: MediaDescription) -> tuple[int | None, int | None]:
    """The stream of a line, and that of its repetitions."""
    for group in media.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            first, again = map(int, group.items)
            return _ssrc(first), _ssrc(again)
    return (_ssrc(media.ssrc[0].ssrc) if media.ssrc else None), None


def _ssrc(ssrc: int) -> int:
    if not 0 < ssrc < 1 << 32:
        raise RelayError("bad_offer", "an SSRC that is none")
    return ssrc
