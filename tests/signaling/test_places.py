"""Sockets are counted by person, by address and in all, and no talk waits for a place."""

from typing import Any

import pytest

from foundation.settings import Settings
from signaling.guard import Connection
from signaling.places import MOST_PROVING, SocketPlace, SocketPlaces
from signaling.refusals import FullError

FIGURES: dict[str, Any] = {
    "socket_connections": 40,
    "socket_connections_per_person": 3,
    "socket_unproved_per_ipv4": 6,
    "socket_unproved_per_ipv6_64": 2,
    "socket_unproved_per_ipv6_48": 5,
}


class Crowd:
    """Sockets that arrive; `sitting` are those by which somebody sits in a talk."""

    def __init__(self, **figures: Any) -> None:
        self.sitting: set[SocketPlace] = set()
        self.places = SocketPlaces(
            Settings(**{**FIGURES, **figures}), lambda one: one in self.sitting
        )

    def visitor(self, address: str) -> SocketPlace:
        place = SocketPlace(address)
        self.places.arrive(place, None)
        return place

    def prover(self, address: str, token: str = "t" * 43, *, known: bool = False) -> SocketPlace:
        place = SocketPlace(address)
        self.places.arrive(place, token, known=known)
        return place

    def member(
        self, user_id: int, address: str = "192.0.2.1", *, in_talk: bool = False
    ) -> tuple[SocketPlace, SocketPlace | None]:
        place = self.prover(address)
        place.user_id = user_id
        try:
            given = self.places.settle(place, in_talk=in_talk)
        except FullError:
            self.places.leave(place)
            raise
        place.connection = Connection(f"{id(place)}", user_id, "ja", address, 1.0)
        return place, given


def visitors(crowd: Crowd, addresses: list[str]) -> list[str]:
    """Let visitors come from these addresses; the codes with which some are refused."""
    refused = []
    for address in addresses:
        try:
            crowd.visitor(address)
        except FullError as full:
            refused.append(full.code)
    return refused


def test_visitors_of_one_ipv4_address_are_bounded_and_others_are_not_touched() -> None:
    crowd = Crowd()
    assert visitors(crowd, ["192.0.2.1"] * 9) == ["address_busy"] * 3
    assert visitors(crowd, ["192.0.2.2"] * 6) == []
    assert len(crowd.places) == 12


def test_visitors_of_one_ipv6_line_are_bounded_whatever_addresses_they_take() -> None:
    crowd = Crowd()
    line = [f"2001:db8:1:1::{one:x}" for one in range(1, 6)]
    assert visitors(crowd, line) == ["address_busy"] * 3


def test_visitors_of_one_ipv6_site_are_bounded_whatever_lines_they_take() -> None:
    crowd = Crowd()
    site = [f"2001:db8:1:{one:x}::1" for one in range(1, 9)]
    assert visitors(crowd, site) == ["address_busy"] * 3
    assert visitors(crowd, ["2001:db8:2:1::1"]) == []


def test_who_leaves_makes_room_once() -> None:
    crowd = Crowd()
    first = crowd.visitor("192.0.2.1")
    visitors(crowd, ["192.0.2.1"] * 5)
    for _ in range(3):
        crowd.places.leave(first)
    assert visitors(crowd, ["192.0.2.1"] * 2) == ["address_busy"]


def test_members_behind_a_full_address_come_in_and_count_by_person() -> None:
    crowd = Crowd()
    visitors(crowd, ["192.0.2.1"] * 6)
    for user_id in range(1, 10):
        crowd.member(user_id)
    assert len(crowd.places) == 15
    with pytest.raises(FullError, match="too_many_windows"):
        [crowd.member(1) for _ in range(3)]


def test_a_session_that_is_none_counts_as_a_visitor() -> None:
    crowd = Crowd()
    visitors(crowd, ["192.0.2.1"] * 6)
    place = crowd.prover("192.0.2.1")
    with pytest.raises(FullError, match="address_busy"):
        crowd.places.settle(place, in_talk=False)
    crowd.places.leave(place)
    assert len(crowd.places) == 6


def test_sessions_that_wait_to_be_looked_up_are_bounded_by_address() -> None:
    crowd = Crowd()
    for _ in range(6):
        crowd.prover("192.0.2.1")
    with pytest.raises(FullError, match="try_again"):
        crowd.prover("192.0.2.1")
    crowd.prover("192.0.2.2")


def test_a_known_session_need_not_queue_with_strangers_but_with_itself() -> None:
    crowd = Crowd()
    for _ in range(6):
        crowd.prover("192.0.2.1", "x" * 43)
    for _ in range(3):
        crowd.prover("192.0.2.1", "k" * 43, known=True)
    with pytest.raises(FullError, match="try_again"):
        crowd.prover("192.0.2.1", "k" * 43, known=True)


def test_sessions_that_wait_to_be_looked_up_are_bounded_in_all() -> None:
    crowd = Crowd()
    for one in range(MOST_PROVING):
        crowd.prover(f"10.0.{one // 250}.{one % 250}")
    with pytest.raises(FullError, match="try_again"):
        crowd.prover("10.1.0.1")


def test_for_somebody_in_a_talk_their_oldest_other_window_gives_way() -> None:
    crowd = Crowd()
    seat, _ = crowd.member(1, in_talk=True)
    crowd.sitting.add(seat)
    second, _ = crowd.member(1, in_talk=True)
    crowd.member(1, in_talk=True)
    _, given = crowd.member(1, in_talk=True)
    assert given is second
    assert given.given_up
    assert len(crowd.places) == 3


def test_one_that_has_not_begun_gives_way_before_an_older_one() -> None:
    crowd = Crowd()
    crowd.member(1)
    unbegun, _ = crowd.member(1)
    unbegun.connection = None
    crowd.member(1)
    assert crowd.member(1, in_talk=True)[1] is unbegun


def test_a_full_process_refuses_all_but_those_in_a_talk() -> None:
    crowd = Crowd(socket_connections=4)
    first = crowd.visitor("192.0.2.1")
    for user_id in (1, 2, 3):
        crowd.member(user_id)
    with pytest.raises(FullError, match="server_full"):
        crowd.visitor("192.0.2.9")
    with pytest.raises(FullError, match="server_full"):
        crowd.member(4)
    _, given = crowd.member(5, in_talk=True)
    assert given is first
    assert len(crowd.places) == 4
    # Nobody is left to give way: they come in all the same.
    assert crowd.member(6, in_talk=True)[1] is None


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    crowd = Crowd()
    gone = [crowd.visitor("2001:db8::1"), crowd.prover("192.0.2.1"), crowd.member(1)[0]]
    for place in gone:
        crowd.places.leave(place)
    kept = {name: value for name, value in vars(crowd.places).items() if hasattr(value, "__len__")}
    assert {name: len(value) for name, value in kept.items()} == dict.fromkeys(kept, 0)
