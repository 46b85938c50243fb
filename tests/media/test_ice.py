"""What a side of a talk is given for the TURN server: its own, for minutes, not endlessly."""

import base64
import hashlib
import hmac
import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from foundation.settings import Settings
from media import ice
from media.ice import CREDENTIALS, good_until, ice_servers, seat_name

SECRET = "a secret of thirty-two characters"
SITE = Settings(turn_urls=("turn:turn.example",), turn_secret=SecretStr(SECRET))
NOW = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands until it is set."""
    clock = SimpleNamespace(now=NOW)
    monkeypatch.setattr(ice, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


def given_to(talk_id: int, side: str, site: Settings = SITE) -> tuple[str, str]:
    """Username and password."""
    [server] = ice_servers(site, talk_id, side)
    return server["username"], server["credential"]


def test_it_is_what_coturn_reckons_itself(clock: SimpleNamespace) -> None:
    username, password = given_to(7, "cast")
    digest = hmac.new(SECRET.encode(), username.encode(), hashlib.sha1).digest()
    assert password == base64.b64encode(digest).decode()


def test_it_is_good_for_ten_minutes_unless_the_site_says_otherwise(clock: SimpleNamespace) -> None:
    until = int(given_to(7, "cast")[0].partition(":")[0])
    assert NOW + 570 < until <= NOW + 600
    short = SITE.model_copy(update={"turn_seconds": 60})
    assert NOW + 57 < int(given_to(7, "cast", short)[0].partition(":")[0]) <= NOW + 60


@pytest.mark.parametrize("seconds", [59, 3601])
def test_the_site_may_not_make_it_good_for_hardly_anything_nor_for_ever(seconds: int) -> None:
    with pytest.raises(ValidationError, match="turn_seconds"):
        Settings(turn_seconds=seconds)


@given(st.floats(NOW, NOW + 10_000), st.integers(60, 3600))
def test_it_is_always_good_for_nearly_all_of_that_and_never_for_more(
    now: float, seconds: int
) -> None:
    left = good_until(now, seconds) - now
    assert seconds * (CREDENTIALS - 1) / CREDENTIALS - 1 < left <= seconds


def test_a_join_brings_a_fresh_one(clock: SimpleNamespace) -> None:
    first = given_to(7, "cast")
    clock.now += 31
    assert given_to(7, "cast") != first


def test_who_joins_again_and_again_gets_so_many_and_each_is_good(clock: SimpleNamespace) -> None:
    had = set()
    for _ in range(5000):
        username, _ = given_to(7, "cast")
        assert int(username.partition(":")[0]) > clock.now + 569
        had.add(username)
        clock.now += 599 / 5000
    assert len(had) <= CREDENTIALS


def test_a_side_keeps_its_name_and_no_two_share_one(clock: SimpleNamespace) -> None:
    sides = [(talk, side) for talk in range(1, 200) for side in ("caller", "cast")]
    names = {seat: given_to(*seat)[0].partition(":")[2] for seat in sides}
    assert len(set(names.values())) == len(sides)
    clock.now += 300
    assert given_to(7, "cast")[0].partition(":")[2] == names[7, "cast"]


def test_the_name_tells_nobody_who_or_which_talk_it_is() -> None:
    name = seat_name(SECRET.encode(), 12345, "caller")
    assert re.fullmatch(r"[a-z2-7]{16}", name)
    # Nor can who has none of the secret tell which two belong together.
    assert name != seat_name(b"another secret", 12345, "caller")


def test_without_a_secret_there_is_no_turn_server() -> None:
    assert ice_servers(SITE.model_copy(update={"turn_secret": None}), 7, "cast") == []


@pytest.mark.parametrize("stun", [(), ("stun:stun.example:3478", "stun:two.example")])
def test_what_is_told_in_advance_is_what_the_talk_tells(stun: tuple[str, ...]) -> None:
    site = Settings(stun_urls=stun)
    told = ice.servers_in_advance(site)
    assert told == ice_servers(site, 7, "caller") == ice_servers(site, 8, "cast")


def test_a_turn_server_is_told_of_to_nobody_in_advance() -> None:
    site = SITE.model_copy(update={"stun_urls": ("stun:stun.example",)})
    assert ice.servers_in_advance(site) is None
