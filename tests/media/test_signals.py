"""Malformed candidates pass to nobody, and of whoever hides no address does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from foundation.settings import Settings
from media.ice import ice_servers
from media.signals import clean_candidate, clean_sdp

HOST = (
    "candidate:842163049 1 udp 2122260223 192.168.1.20 51472 typ host generation 0 ufrag aB/c"
    " network-id 1 network-cost 10"
)
HOST_6 = "candidate:1 1 udp 2122262783 2001:db8:7::20 51473 typ host generation 0"
MDNS = "candidate:0 1 UDP 2122252543 1f4c7e4a-8a0e-4f0c-9d57-6a3f9f1d2c11.local 50222 typ host"
TCP = "candidate:3 1 tcp 1518280447 192.168.1.20 9 typ host tcptype active generation 0"
SRFLX = "candidate:2 1 udp 1686052607 198.51.100.20 51472 typ srflx raddr 192.168.1.20 rport 51472"
PRFLX = "candidate:5 1 udp 1845501695 198.51.100.20 51472 typ prflx raddr 0.0.0.0 rport 0"
RELAY = (
    "candidate:4 1 udp 41885439 203.0.113.5 60123 typ relay raddr 198.51.100.20 rport 51472"
    " generation 0 ufrag aB/c network-id 1"
)
RELAY_6 = "candidate:4 1 udp 41885439 2001:db8:5::5 60123 typ relay raddr 2001:db8:7::20 rport 5"
TELLING = [HOST, HOST_6, MDNS, TCP, SRFLX, PRFLX]
GOOD = [*TELLING, RELAY, RELAY_6]
BAD = [
    "candidate:", "candidate", "nonsense", "candidate:1 1 udp x 192.168.1.2 5 typ host",
    "candidate:1 1 udp 5 192.168.1.2 70000 typ host", "candidate:1 1 udp 5 192.168.1.2 5 typ moon",
    "candidate:1 1 udp 5 192.168.1.2 5", "candidate:1 1 udp 5 192.168.1.2 5 typ host\r\na=x:1",
    "candidate:1 1 udp 5 <b> 5 typ host", "candidate:1 1 udp 5 192.168.1.2 5 typ host\x00",
]  # fmt: skip

# As Chromium and Firefox write them, shortened to what concerns addresses.
CHROMIUM = "\r\n".join(
    [
        "v=0", "o=- 4611731400430051336 2 IN IP4 127.0.0.1", "s=-", "t=0 0",
        "a=group:BUNDLE 0 1", "a=extmap-allow-mixed", "a=msid-semantic: WMS 1:2:3",
        "m=audio 51472 UDP/TLS/RTP/SAVPF 111 63", "c=IN IP4 198.51.100.20",
        "a=rtcp:51473 IN IP4 198.51.100.20", f"a={HOST}", f"a={MDNS}", f"a={SRFLX}", f"a={RELAY}",
        "a=ice-ufrag:aB/c", "a=ice-pwd:3k/VbQ1+Hd0cAFE:beefcafe", "a=ice-options:trickle",
        f"a=fingerprint:sha-256 {':'.join(['AB', 'CD', 'EF', '01'] * 8)}",
        "a=setup:actpass", "a=mid:0", "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtcp-fb:111 transport-cc", "a=ssrc:3570614608 cname:4TOk42mSjXCkVIa6",
        "m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP6 2001:db8:7::20", "a=mid:1", "",
    ]
)  # fmt: skip
FIREFOX = "\r\n".join(
    [
        "v=0", "o=mozilla...THIS_IS_SDPARTA-99.0 7617640338 0 IN IP4 192.168.1.20", "s=-",
        "t=0 0", "a=sendrecv", "m=audio 9 UDP/TLS/RTP/SAVPF 109", "c=IN IP4 0.0.0.0",
        f"a={HOST_6}", "a=end-of-candidates", "a=remote-candidates:1 203.0.113.9 4000",
        "i=at 198.51.100.20", "a=source-filter: incl IN IP4 * 192.168.1.20", "a=mid:0", "",
    ]
)  # fmt: skip
ADDRESSES = ("192.168.1.20", "198.51.100.20", "2001:db8:7::20", ".local")


def told(text: str) -> list[str]:
    return [address for address in ADDRESSES if address in text]


@pytest.mark.parametrize("candidate", GOOD)
def test_good_candidates_pass_as_they_are(candidate: str) -> None:
    assert clean_candidate(candidate, hides=False) == candidate


@pytest.mark.parametrize("candidate", BAD)
@pytest.mark.parametrize("hides", [True, False])
def test_malformed_candidates_pass_to_nobody(candidate: str, hides: bool) -> None:
    assert clean_candidate(candidate, hides=hides) is None


@pytest.mark.parametrize("hides", [True, False])
def test_that_there_are_no_more_passes(hides: bool) -> None:
    assert clean_candidate("", hides=hides) == ""


@pytest.mark.parametrize("candidate", TELLING)
def test_of_who_hides_no_candidate_of_their_own_passes(candidate: str) -> None:
    assert clean_candidate(candidate, hides=True) is None


def test_a_relays_candidate_passes_without_what_lies_behind_it() -> None:
    passed = clean_candidate(RELAY, hides=True)
    assert passed == (
        "candidate:4 1 udp 41885439 203.0.113.5 60123 typ relay raddr 0.0.0.0 rport 0"
        " generation 0 ufrag aB/c"
    )
    assert clean_candidate(passed, hides=True) == passed
    passed = clean_candidate(RELAY_6, hides=True)
    assert passed == "candidate:4 1 udp 41885439 2001:db8:5::5 60123 typ relay raddr :: rport 0"


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:4 1 udp 41885439 8.8.4.4 60123 typ relay",
        "candidate:4 1 udp 41885439 at-home.local 60123 typ relay",
        "candidate:4 1 udp 41885439 home.example 60123 typ relay",
    ],
)
def test_what_is_only_called_a_relays_does_not_pass(candidate: str) -> None:
    assert clean_candidate(candidate, hides=True, own="8.8.4.4") is None


@pytest.mark.parametrize("written", ["2606:4700::1111", "2606:4700:0:0::1111", "2606:4700::0:1111"])
def test_ones_own_address_is_known_however_it_is_written(written: str) -> None:
    candidate = f"candidate:4 1 udp 41885439 {written} 60123 typ relay"
    assert clean_candidate(candidate, hides=True, own="2606:4700::1111") is None


def test_nothing_hides_behind_what_may_follow() -> None:
    sly = "candidate:4 1 udp 5 203.0.113.5 60123 typ relay ufrag 192.168.1.20 x 198.51.100.20"
    assert told(clean_candidate(sly, hides=True) or "") == []


@pytest.mark.parametrize("sdp", [CHROMIUM, FIREFOX])
def test_a_description_passes_as_it_is(sdp: str) -> None:
    assert clean_sdp(sdp, hides=False) == (sdp, 0)


@pytest.mark.parametrize("sdp", [CHROMIUM, FIREFOX])
def test_of_who_hides_a_description_tells_no_address(sdp: str) -> None:
    cleaned, dropped = clean_sdp(sdp, hides=True)
    assert cleaned
    assert told(sdp)
    assert told(cleaned) == []
    assert dropped > 0
    assert clean_sdp(cleaned, hides=True) == (cleaned, 0)


def test_all_else_of_it_stays() -> None:
    cleaned, _ = clean_sdp(CHROMIUM, hides=True)
    assert cleaned
    lines, passed = CHROMIUM.splitlines(), cleaned.splitlines()
    gone = [line for line in lines if line not in passed]
    assert {line[:12] for line in gone} == {
        "m=audio 5147", "c=IN IP4 198", "a=rtcp:51473", "a=candidate:", "c=IN IP6 200",
    }  # fmt: skip
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111 63" in passed
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96" in passed
    assert passed.count("c=IN IP4 0.0.0.0") == 2
    assert len([line for line in passed if line.startswith("a=candidate:")]) == 1


def test_a_session_keeps_its_name_and_its_count() -> None:
    cleaned, _ = clean_sdp(FIREFOX, hides=True)
    assert cleaned
    assert "o=mozilla...THIS_IS_SDPARTA-99.0 7617640338 0 IN IP4 127.0.0.1\r\n" in cleaned


def test_one_bad_line_of_a_description_stops_none_of_the_others() -> None:
    bad = CHROMIUM.replace(f"a={MDNS}\r\n", "a=candidate:what is this\r\n")
    assert clean_sdp(bad, hides=False) == (CHROMIUM.replace(f"a={MDNS}\r\n", ""), 1)


@pytest.mark.parametrize("sdp", ["", "\r\n", "hello", "v=1\r\n", "a=candidate:1\r\nv=0"])
@pytest.mark.parametrize("hides", [True, False])
def test_what_is_no_description_does_not_pass(sdp: str, hides: bool) -> None:
    assert clean_sdp(sdp, hides=hides) == (None, 1)


@given(st.text(max_size=300))
def test_any_text_may_come(text: str) -> None:
    for hides in (True, False):
        clean_candidate(text, hides=hides)
        clean_sdp(f"v=0\r\n{text}", hides=hides)


octets = st.integers(0, 255)
private = st.builds(lambda *parts: ".".join(map(str, parts)), octets, octets, octets, octets)
lines = st.sampled_from(
    ["c=IN IP4 {}", "o=- 1 1 IN IP4 {}", "a=x:{}", "a=candidate:1 1 udp 1 {} 5 typ host",
     "a=candidate:1 1 udp 1 203.0.113.5 5 typ relay raddr {} rport 4", "s={}", "a=rtcp:5 IN IP4 {}",
     "m=audio 5 UDP {}", "b=AS:{}", "e=me@{}", "a=y ({})", "t=0 {}", "{}", "a=candidate:{}"]
)  # fmt: skip


@given(private, st.lists(lines, max_size=8))
def test_wherever_an_address_stands_it_does_not_pass(address: str, shapes: list[str]) -> None:
    sdp = "\r\n".join(["v=0", *(shape.format(address) for shape in shapes), ""])
    cleaned, _ = clean_sdp(sdp, hides=True)
    assert cleaned is not None
    own = {"203.0.113.5", "0.0.0.0", "127.0.0.1"}
    found = set(re.findall(r"\d+\.\d+\.\d+\.\d+", cleaned))
    assert found <= own


def test_who_hides_asks_no_stun_server() -> None:
    site = Settings(
        stun_urls=("stun:turn.example",),
        turn_urls=("turn:turn.example",),
        turn_secret=SecretStr("not a real one"),
    )
    shown = [server["urls"] for server in ice_servers(site, 1, "cast")]
    hidden = [server["urls"] for server in ice_servers(site, 1, "cast", hides=True)]
    assert shown == [["stun:turn.example"], ["turn:turn.example"]]
    assert hidden == [["turn:turn.example"]]
