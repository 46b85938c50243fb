"""Figures are figures, paths are local, addresses are real: the door's pure decisions."""

from contextlib import suppress
from datetime import UTC, datetime, time
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.runtime import Context

from foundation.errors import UserError
from foundation.numbers import integer
from foundation.settings import Settings
from web.http import filters
from web.http.csrf import from_this_site, is_token, make_token
from web.http.forms import one_line, optional_integer
from web.http.forwarded import client_address, one_visitor
from web.http.paths import local_path

NOT_FIGURES = [
    "", " ", "a", "-1", "+1", "1.0", "1.5", "1e3", "0x10", "007", "1,000", "1_000", " 1", "1 ",
    "１", "１００", "٣", "²", "①", "一", "1\n", "1\0", "NaN", "Infinity", "--", "null",
]  # fmt: skip
HUGE = ["9" * 19, "9" * 20, "1" + "0" * 400, str(2**63)]


@given(st.integers(0, 2**63 - 1))
def test_a_figure_in_ascii_digits_is_read(number: int) -> None:
    assert integer(str(number)) == number


@given(st.text(max_size=30))
def test_nothing_else_is_a_figure(text: str) -> None:
    with suppress(UserError):
        assert str(integer(text)) == text


@pytest.mark.parametrize("text", NOT_FIGURES)
def test_what_only_looks_like_a_figure_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        integer(text)


@pytest.mark.parametrize("text", [*HUGE, "0", "61"])
def test_a_figure_out_of_bounds_is_refused_with_the_bounds(text: str) -> None:
    with pytest.raises(UserError) as refused:
        integer(text, 1, 60)
    assert refused.value.code == "number_out_of_bounds"
    assert refused.value.params == {"least": 1, "most": 60}


def test_an_empty_field_is_none_only_where_that_is_allowed() -> None:
    assert optional_integer("") is None
    assert optional_integer("5", 1, 9) == 5


@pytest.mark.parametrize("text", ["a\0", "a\nb", "\x7f", "\x85", "\ud800", "a" * 21])
def test_one_line_has_no_control_characters_and_an_end(text: str) -> None:
    with pytest.raises(UserError):
        one_line(text, 20)


@given(st.text(max_size=60) | st.text(alphabet="/\\.:@?# \t\nehttpsx%2F", max_size=30))
def test_where_an_answer_sends_the_browser_is_always_this_site(text: str) -> None:
    path = local_path(text)
    assert path.startswith("/")
    # As a browser reads it: backslashes are slashes, tabs and line ends are nothing.
    read = path.replace("\\", "/").translate(dict.fromkeys(range(0x21)))
    assert urlsplit(urljoin("https://talk.example/sign-in", read)).netloc == "talk.example"


@pytest.mark.parametrize(
    "text",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "evil",
     "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", " //evil.example", "///x",
     "/ok\\..\\evil", "/" + "a" * 600, "", None],
)  # fmt: skip
def test_what_leads_elsewhere_leads_to_the_front_page(text: str | None) -> None:
    assert local_path(text) == "/"


def test_a_path_with_a_query_is_kept() -> None:
    assert local_path("/rooms/3/enter?a=b&c=%20d") == "/rooms/3/enter?a=b&c=%20d"


@given(st.text(max_size=50), st.text(max_size=50))
def test_a_forms_token_is_good_for_its_own_browser_alone(mine: str, theirs: str) -> None:
    token = make_token(mine.encode("utf-8", "replace").decode())
    assert is_token(token, mine.encode("utf-8", "replace").decode())
    assert make_token("x") != make_token("x")
    if mine != theirs:
        assert not is_token(token, theirs.encode("utf-8", "replace").decode() + "!")


@given(st.text(max_size=100))
def test_no_made_up_token_is_good(token: str) -> None:
    assert not is_token(token, "secret")


@pytest.mark.parametrize(
    ("origin", "fetch_site", "good"),
    [
        (None, None, True),
        ("http://127.0.0.1:8080", "same-origin", True),
        ("http://127.0.0.1:8080", None, True),
        (None, "none", True),
        (None, "cross-site", False),
        (None, "same-site", False),
        ("http://evil.example", None, False),
        ("http://evil.example", "same-origin", False),
        ("http://127.0.0.1:8081", None, False),
        ("null", None, False),
        ("", None, False),
    ],
)
def test_only_this_sites_own_pages_may_send_forms(
    origin: str | None, fetch_site: str | None, good: bool
) -> None:
    assert from_this_site(Settings(), "127.0.0.1:8080", origin, fetch_site) is good


def test_behind_a_proxy_the_public_address_is_the_only_origin() -> None:
    settings = Settings(public_url="https://talk.example")
    assert from_this_site(settings, "10.0.0.3:8080", "https://talk.example", None)
    assert from_this_site(settings, "10.0.0.3:8080", "https://talk.example:443", None)
    for other in ("http://talk.example", "https://10.0.0.3:8080", "https://talk.example.evil.jp"):
        assert not from_this_site(settings, "10.0.0.3:8080", other, None)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("203.0.113.9", ["198.51.100.1"], [], "203.0.113.9"),
        ("10.0.0.2", ["198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", ["1.1.1.1, 198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", ["1.1.1.1", "198.51.100.1, 10.0.0.3"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.2", ["nonsense"], ["10.0.0.0/8"], "10.0.0.2"),
        ("10.0.0.2", [], ["10.0.0.0/8"], "10.0.0.2"),
        ("::ffff:10.0.0.2", ["2001:db8::1"], ["10.0.0.2/32"], "2001:db8::1"),
        (None, ["1.1.1.1"], ["10.0.0.0/8"], "unknown"),
    ],
)
def test_a_forwarded_address_is_believed_of_trusted_proxies_alone(
    peer: str | None, forwarded: list[str], trusted: list[str], address: str
) -> None:
    assert client_address(peer, forwarded, trusted) == address


@given(st.lists(st.text(max_size=50), max_size=5))
def test_no_forwarded_header_breaks_the_door(forwarded: list[str]) -> None:
    assert client_address("10.0.0.2", forwarded, ["10.0.0.0/8", "::/0", "0.0.0.0/0"])


def test_an_ipv6_line_counts_as_one_visitor() -> None:
    assert one_visitor("2001:db8:1:2:3::4") == one_visitor("2001:db8:1:2:9::9")
    assert one_visitor("2001:db8:1:3::4") != one_visitor("2001:db8:1:2::4")
    assert one_visitor("203.0.113.9") == "203.0.113.9"


def _context(locale: str) -> Context:
    return Context(Environment(autoescape=True), {"locale": locale}, None, {})


def test_figures_and_times_are_written_for_people() -> None:
    moment = datetime(2026, 1, 31, 12, 5, tzinfo=UTC)
    assert filters.points(1_234_567) == "1,234,567"
    assert [filters.duration(ms) for ms in (0, 59_999, 65_000, 3_723_000, -5)] == [
        "0:00", "0:59", "1:05", "1:02:03", "0:00"
    ]  # fmt: skip
    assert filters.when(_context("ja"), moment) == "2026年1月31日(土) 21:05 JST"
    assert filters.when(_context("en"), moment) == "Sat 31 Jan 2026, 21:05 JST"
    assert filters.day(_context("en"), moment) == "31 Jan 2026"
    assert filters.hhmm(_context("ja"), moment) == "21:05"
    assert filters.hhmm(_context("ja"), time(9, 0)) == "09:00"


def test_what_ends_at_midnight_ends_with_its_day() -> None:
    midnight = datetime(2026, 1, 31, 15, 0, tzinfo=UTC)
    assert filters.until(_context("ja"), midnight) == "24:00"
    assert filters.until(_context("ja"), time(0, 0)) == "24:00"
    assert filters.until(_context("ja"), time(0, 5)) == "00:05"


def test_points_good_until_midnight_are_good_on_the_day_before() -> None:
    """A lot ends at the first moment after its last day."""
    end = datetime(2026, 2, 28, 15, 0, tzinfo=UTC)
    assert filters.last_day(_context("ja"), end) == "2026年2月28日"
