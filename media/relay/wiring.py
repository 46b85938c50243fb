"""How two legs are put together: which stream of the one is which of the other."""

from media.relay.flows import Route
from media.relay.leg import Leg
from media.relay.offers import AGAIN, MediaLine


def wire(one: Leg, another: Leg) -> None:
    """Let the media of each pass to the other, and ask both for a picture to begin with."""
    for giver, taker in ((one, another), (another, one)):
        _lead(giver, taker)
        giver.passage.peer = taker.passage.outlet
        giver.notes.peer = taker.notes
    one.ask_picture()
    another.ask_picture()


def _lead(giver: Leg, taker: Leg) -> None:
    passage = giver.passage
    ssrcs = dict(passage.ssrcs)
    for kind, line in giver.offer.lines.items():
        there = taker.offer.lines.get(kind)
        if not there:
            continue
        pairs = zip((line.ssrc, line.again_ssrc), taker.own[kind], strict=True)
        for ssrc, own in pairs:
            if ssrc is not None:
                stream = passage.streams[ssrc]
                types = _types(line, there, repeats=stream.repeats)
                stream.route = Route(own, types, _ids(line, there), taker.passage.flows[kind])
                ssrcs[ssrc] = own
        # And what this side says of the streams that it gets concerns the other's own.
        back = zip(giver.own[kind], (there.ssrc, there.again_ssrc), strict=True)
        ssrcs.update({own: ssrc for own, ssrc in back if ssrc is not None})
        passage.stand_in = passage.stand_in or taker.own[kind][0]
    passage.ssrcs = ssrcs


def _types(line: MediaLine, there: MediaLine, *, repeats: bool) -> dict[int, int]:
    return {
        each.number: there.formats[name].number
        for name, each in line.formats.items()
        if name in there.formats and name.startswith(AGAIN) == repeats
    }


def _ids(line: MediaLine, there: MediaLine) -> dict[int, int] | None:
    """The other side's numbers of the extensions; None: they are the same."""
    ids = {each: there.extensions.get(name, 0) for name, each in line.extensions.items()}
    return None if all(ours == theirs for ours, theirs in ids.items()) else ids
