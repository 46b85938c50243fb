"""What is concluded from a trunk's words: who calls, why it ended, what is left open, how it is."""

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from telephone.port import Away, End
from telephone.trunk.addresses import TrunkAddresses
from telephone.trunk.callers import called_of, caller_of
from telephone.trunk.dialogs import LONGEST_FILE, Dialogs, left_in
from telephone.trunk.health import AGAIN_SECONDS, Health, end_of
from telephone.trunk.messages import SipMessage
from telephone.trunk.terms import TrunkTerms
from telephone.trunk.trace import Traced, read

TERMS = TrunkTerms(server="sip.example.jp:5061", user="u", password="geheim")


def invite(*heads: str) -> SipMessage:
    return SipMessage.read("\r\n".join(["INVITE sip:x@us SIP/2.0", *heads, "", ""]))


@pytest.mark.parametrize(
    ("heads", "number"),
    [
        (["From: <sip:09012345678@t>;tag=1"], "09012345678"),
        (['f: "+81" <sip:+81-90-1234-5678@t;user=phone>;tag=1'], "819012345678"),
        (["From: <sip:anonymous@anonymous.invalid>;tag=1"], ""),
        (["From: <sip:0901@t>", "P-Asserted-Identity: <sip:0312345678@t>"], "0312345678"),
        (["From: <sip:0901@t>", "P-Asserted-Identity: <sip:anonymous@t>"], ""),
        (["From: <sip:0901@t>", "P-Asserted-Identity: <tel:+81312345678>"], "81312345678"),
        (["From: <sip:0901@t>", "Privacy: header;id"], ""),
        (["From: <sip:0901@t>", "Privacy: none"], "0901"),
        (["From: <sip:09012345678901234567@t>"], ""),
        (["From: <sip:090$(x)@t>"], ""),
        ([], ""),
    ],
)
def test_who_calls_is_what_the_network_vouches_for(heads: list[str], number: str) -> None:
    assert caller_of(invite(*heads)) == number


def test_where_speech_comes_from_is_said_for_all_or_for_the_audio_alone() -> None:
    head, common = "INVITE sip:x@us SIP/2.0\r\n\r\nv=0\r\n", "c=IN IP4 192.0.2.1\r\n"
    audio, video = "m=audio 20000 RTP/AVP 0\r\n", "m=video 30000 RTP/AVP 99\r\n"
    own = "c=IN IP4 192.0.2.2\r\n"
    for body, address in (
        (common + audio, "192.0.2.1"), (common + audio + own, "192.0.2.2"),
        (common + audio + video + own, "192.0.2.1"), (audio, ""),
    ):  # fmt: skip
        message = SipMessage.read(head + body)
        assert (message.media_address, message.media_port) == (address, 20000)


def test_which_of_our_numbers_was_called() -> None:
    numbers = ("0312340001", "+81312340002")
    assert called_of(invite("To: <sip:0312340001@t>"), numbers, "u") == "0312340001"
    assert called_of(invite("To: <sip:81312340002@t>"), numbers, "u") == "+81312340002"
    called = invite("To: <sip:0399999999@t>", "P-Called-Party-ID: <sip:0312340001@t>")
    assert called_of(called, numbers, "u") == "0312340001"
    assert called_of(invite("To: <sip:0399999999@t>"), numbers, "u") == "u"


@pytest.mark.parametrize(
    ("words", "answered", "end"),
    [
        ("486 Busy Here", False, End.BUSY), ("600 Busy Everywhere", False, End.BUSY),
        ("603 Decline", False, End.DECLINED), ("480 Temporarily Unavailable", False, End.NO_ANSWER),
        ("404 Not Found", False, End.UNREACHABLE), ("403 Forbidden", False, End.LINE_FAILED),
        ("503 Service Unavailable", False, End.LINE_FAILED), ("", False, End.LINE_FAILED),
        ("Connection timed out", False, End.LINE_FAILED), ("407 Proxy", False, End.LINE_FAILED),
        ("", True, End.THEY_HUNG_UP), ("Connection reset by user", True, End.THEY_HUNG_UP),
        ("rtp stream error", True, End.SILENT),
    ],
)  # fmt: skip
def test_why_a_call_is_over(words: str, answered: bool, end: End) -> None:
    assert end_of(words, answered=answered) is end


def test_how_the_trunk_is_follows_what_it_answers() -> None:
    moment = 0.0
    health = Health(registers=True, now=lambda: moment)

    def away() -> Away | None:
        return health.away

    assert away() is Away.SILENT
    for words, why in (
        ("403 Forbidden", Away.REFUSED), ("503 Busy", Away.UNAVAILABLE), ("", Away.SILENT),
        ("Connection refused", Away.SILENT), ("408 Request Timeout", Away.SILENT),
    ):  # fmt: skip
        health.not_registered(words)
        assert away() is why
    health.registered()
    assert away() is None
    # One number that fails is no failing trunk; two in a row are, for a while.
    health.call_failed("503 Service Unavailable")
    assert away() is None
    health.call_failed("503 Service Unavailable")
    assert away() is Away.UNAVAILABLE
    moment = AGAIN_SECONDS
    assert away() is None
    health.call_went_through()
    health.call_failed("")
    assert away() is Away.SILENT
    health.call_went_through()
    # Not to be called there says nothing of other numbers.
    for _ in range(5):
        health.call_failed("403 Forbidden")
    assert (away(), health.why) == (None, "403 Forbidden")


def test_numbers_are_written_as_the_trunk_wants_them() -> None:
    assert TERMS.written("+819012345678") == "09012345678"
    assert TERMS.written("0312345678") == "0312345678"
    assert replace(TERMS, writes="e164").written("09012345678") == "+819012345678"
    assert replace(TERMS, writes="e164").written("+819012345678") == "+819012345678"
    assert (TERMS.host, replace(TERMS, server="sip.example.jp").host) == ("sip.example.jp",) * 2
    assert "geheim" not in repr(TERMS)


async def test_only_the_trunks_addresses_may_call() -> None:
    own = replace(TERMS, server="127.0.0.1:5060", networks=(ip_network("192.0.2.0/24"),))
    addresses = TrunkAddresses(own)
    for address, known in (
        ("127.0.0.1", True), ("192.0.2.77", True), ("198.51.100.1", False), ("", False),
    ):  # fmt: skip
        assert await addresses.has(address) is known
    nameless = TrunkAddresses(replace(TERMS, server="nowhere.invalid"))
    assert not await nameless.has("127.0.0.1")


# --- open calls ---


def seen(way: str, first: str, cseq: str, call: str = "c1", *heads: str) -> Traced:
    lines = [first, f"Call-ID: {call}", f"CSeq: {cseq}", "From: <sip:a@t>;tag=1", *heads]
    text = "\r\n".join([*lines, "", ""])
    traced = read(f"{way} UDP 127.0.0.1:5070 -> 127.0.0.1:5060\n{text}")
    assert traced is not None
    return traced


VIA = "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKx"


def called(call: str = "c1", *, answered: bool = True) -> list[Traced]:
    invited = seen("TX", "INVITE sip:090@t SIP/2.0", "7 INVITE", call, "To: <sip:090@t>", VIA)
    rings = seen("RX", "SIP/2.0 180 Ringing", "7 INVITE", call, "To: <sip:090@t>;tag=2")
    ok = seen("RX", "SIP/2.0 200 OK", "7 INVITE", call, "To: <sip:090@t>;tag=2")
    ack = seen(
        "TX", "ACK sip:p@192.0.2.1 SIP/2.0", "7 ACK", call, "To: <sip:090@t>;tag=2",
        "Route: <sip:t;lr>",
    )  # fmt: skip
    return [invited, rings, ok, ack] if answered else [invited, rings]


BYE = ("BYE sip:p@192.0.2.1 SIP/2.0", "8 BYE")
BYE_OK = ("SIP/2.0 200 OK", "8 BYE")


def test_what_is_open_is_in_the_file_at_each_moment(tmp_path: Path) -> None:
    file = tmp_path / "calls"
    with Dialogs(file) as dialogs:
        for one in called(answered=False):
            dialogs.see(one)
        (asked,) = left_in(file)
        assert (asked.state, asked.sequence, asked.vias) == ("asked", 7, (VIA[5:],))
        for one in called()[2:]:
            dialogs.see(one)
        (up,) = left_in(file)
        assert (up.state, up.target, up.route) == ("up", "sip:p@192.0.2.1", ("<sip:t;lr>",))
        # A re-INVITE of theirs changes nothing; our BYE counts once it was answered.
        dialogs.see(seen("RX", "INVITE sip:us@us SIP/2.0", "1 INVITE"))
        dialogs.see(seen("TX", "SIP/2.0 200 OK", "1 INVITE"))
        dialogs.see(seen("TX", *BYE))
        assert left_in(file) == [up]
        dialogs.see(seen("RX", *BYE_OK))
        assert left_in(file) == []


def test_who_rang_us_is_open_until_refused_or_hung_up(tmp_path: Path) -> None:
    file = tmp_path / "calls"
    with Dialogs(file) as dialogs:
        rang = seen(
            "RX", "INVITE sip:us@us SIP/2.0", "1 INVITE", "c2", "Contact: <sip:b@192.0.2.2>"
        )
        dialogs.see(rang)
        assert left_in(file) == []
        tags = ("To: <sip:us@us>;tag=9", "Via: SIP/2.0/UDP t;branch=a", "Via: SIP/2.0/UDP p")
        dialogs.see(seen("TX", "SIP/2.0 180 Ringing", "1 INVITE", "c2", *tags))
        (rung,) = left_in(file)
        assert (rung.state, len(rung.vias), rung.target) == ("rung", 2, "")
        dialogs.see(seen("TX", "SIP/2.0 200 OK", "1 INVITE", "c2", *tags))
        assert [(one.state, one.target) for one in left_in(file)] == [("up", "sip:b@192.0.2.2")]
        dialogs.see(seen("RX", "BYE sip:us@us SIP/2.0", "2 BYE", "c2"))
        assert left_in(file) == []
        for first in ("SIP/2.0 180 Ringing", "SIP/2.0 486 Busy Here"):
            dialogs.see(replace(rang))
            dialogs.see(seen("TX", first, "1 INVITE", "c2", *tags))
        assert left_in(file) == []


def test_the_file_is_one_gateways_outlives_a_cut_line_and_does_not_grow(tmp_path: Path) -> None:
    file = tmp_path / "calls"
    with Dialogs(file) as dialogs:
        with pytest.raises(BlockingIOError):
            Dialogs(file)
        for one in called("long"):
            dialogs.see(one)
        for number in range(400):
            for one in called(f"c{number}"):
                dialogs.see(one)
            dialogs.see(seen("RX", "BYE sip:us@us SIP/2.0", "2 BYE", f"c{number}"))
            with pytest.raises(BlockingIOError):
                Dialogs(file)
        assert file.stat().st_size < 2 * LONGEST_FILE
        for one in called("last"):
            dialogs.see(one)
    with file.open("a") as cut:
        cut.write(
            '{"call_id": "c',
        )
    assert [one.call_id for one in left_in(file)] == ["long", "last"]
    assert "Authorization" not in file.read_text()
    # What comes after a cut line is whole.
    with Dialogs(file) as dialogs:
        for one in called("next"):
            dialogs.see(one)
    assert [one.call_id for one in left_in(file)] == ["long", "last", "next"]


@pytest.mark.parametrize("incoming", [False, True])
def test_the_file_tells_whose_call_it_is_only_while_that_is_needed(
    tmp_path: Path, *, incoming: bool
) -> None:
    file, number = tmp_path / "calls", "09012345678"

    def knows() -> bool:
        return number in file.read_text()

    theirs = f"sip:{number}@t"
    them = ("From" if incoming else "To") + f': "{number}" <{theirs}>;tag=2'
    us = ("To" if incoming else "From") + ": <sip:us@us>;tag=1"
    heads = (them, us, VIA, "Contact: <sip:gw@192.0.2.7>")
    asks, answers = ("RX", "TX") if incoming else ("TX", "RX")

    def message(way: str, first: str, cseq: str) -> Traced:
        lines = [first, "Call-ID: c1", f"CSeq: {cseq}", *heads]
        traced = read(
            f"{way} UDP 127.0.0.1:5070 -> 127.0.0.1:5060\n" + "\r\n".join([*lines, "", ""])
        )
        assert traced is not None
        return traced

    with Dialogs(file) as dialogs:
        dialogs.see(
            message(asks, f"INVITE {'sip:us@us' if incoming else theirs} SIP/2.0", "1 INVITE")
        )
        dialogs.see(message(answers, "SIP/2.0 180 Ringing", "1 INVITE"))
        # A CANCEL repeats the request, a refusal the sender's name.
        assert knows()
        dialogs.see(message(answers, "SIP/2.0 200 OK", "1 INVITE"))
        dialogs.see(message(asks, "ACK sip:gw@192.0.2.7 SIP/2.0", "1 ACK"))
        assert not knows()
        (up,) = left_in(file)
        assert (up.state, up.target) == ("up", "sip:gw@192.0.2.7")
        assert up.them == "<sip:anonymous@anonymous.invalid>;tag=2"
        dialogs.see(message("RX", "BYE sip:us@us SIP/2.0", "2 BYE"))
        assert file.read_text().strip() == ""
        # One that was refused leaves nothing either.
        dialogs.see(
            message(asks, f"INVITE {'sip:us@us' if incoming else theirs} SIP/2.0", "3 INVITE")
        )
        dialogs.see(message(answers, "SIP/2.0 180 Ringing", "3 INVITE"))
        dialogs.see(message(answers, "SIP/2.0 486 Busy Here", "3 INVITE"))
        assert file.read_text().strip() == ""
