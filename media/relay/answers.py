"""The relay's answer to an offer, as text."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiortc import RTCIceParameters
from aiortc.rtcicetransport import RTCIceCandidate
from aiortc.sdp import candidate_to_sdp

from media.relay.offers import AGAIN, CLOCK_RATES, Format, LegOffer, MediaLine
from media.relay.terms import Kind

_DIRECTIONS = {"sendonly": "recvonly", "recvonly": "sendonly"}
_NAMES = {"opus": "opus/48000/2", "vp8": "VP8/90000", "h264": "H264/90000"}


@dataclass(frozen=True)
class Own:
    """What the relay tells of itself. `streams`: of each kind its SSRC and that of repetitions."""

    ice: RTCIceParameters
    fingerprint: str
    candidates: tuple[RTCIceCandidate, ...]
    streams: dict[Kind, tuple[int, int]]


def write_answer(offer: LegOffer, own: Own) -> str:
    """Return the answer. All goes one way, and the relay begins the handshake."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines += [f"a=group:BUNDLE {' '.join(offer.order)}", "a=msid-semantic: WMS *"]
    by_mid = {line.mid: line for line in offer.lines.values()}
    for mid in offer.order:
        line = by_mid.get(mid)
        lines += _media(line, own) if line else _notes(offer.notes_port)
        lines += [f"a=mid:{mid}", *_way(own, first=mid == offer.order[0])]
    return "".join(f"{line}\r\n" for line in lines)


def _way(own: Own, *, first: bool) -> Iterator[str]:
    yield f"a=ice-ufrag:{own.ice.usernameFragment}"
    yield f"a=ice-pwd:{own.ice.password}"
    yield f"a=fingerprint:sha-256 {own.fingerprint}"
    yield "a=setup:active"
    if first:
        yield from (f"a=candidate:{candidate_to_sdp(each)}" for each in own.candidates)
        yield "a=end-of-candidates"


def _notes(port: int) -> Iterator[str]:
    yield "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=sctp-port:{port}"
    yield "a=max-message-size:65536"


def _media(line: MediaLine, own: Own) -> Iterator[str]:
    numbers = " ".join(str(each.number) for each in line.formats.values())
    yield f"m={line.kind} 9 UDP/TLS/RTP/SAVPF {numbers}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a={_DIRECTIONS.get(line.direction, line.direction)}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    yield from (f"a=extmap:{number} {uri}" for uri, number in line.extensions.items())
    for name, each in line.formats.items():
        yield from _format(name, each)
    yield from _streams(line, *own.streams[line.kind])


def _format(name: str, each: Format) -> Iterable[str]:
    known = _NAMES.get(name) or f"rtx/{CLOCK_RATES[name.removeprefix(AGAIN)]}"
    yield f"a=rtpmap:{each.number} {known}"
    yield from (f"a=rtcp-fb:{each.number} {feedback}" for feedback in each.feedback)
    if each.parameters:
        yield f"a=fmtp:{each.number} {each.parameters}"


def _streams(line: MediaLine, ssrc: int, again: int) -> Iterator[str]:
    repeats = any(name.startswith(AGAIN) for name in line.formats)
    yield f"a=msid:talk {line.kind}"
    if repeats:
        yield f"a=ssrc-group:FID {ssrc} {again}"
    for each in (ssrc, again) if repeats else (ssrc,):
        yield f"a=ssrc:{each} cname:talk"
