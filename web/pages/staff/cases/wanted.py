"""What a list of cases is narrowed to, as it stands in the address and goes along with each act."""

from collections.abc import Mapping
from typing import TypeVar, cast, get_args
from urllib.parse import parse_qsl, urlencode

from aiohttp.web import HTTPNotFound

from rooms.care import report_list
from rooms.care.claim_rules import ClaimKind
from rooms.care.claims import Queue
from rooms.care.desk.claim_cases import Owned, WantedClaims
from rooms.care.desk.report_cases import WantedReports
from rooms.ground.report_tables import REPORT_KINDS
from web.http.forms import one_line, optional_integer

MOST_WHO = 60
MOST_DAYS = 3650
KEPT = ("state", "kind", "least", "days", "who", "owned", "page")

T = TypeVar("T", bound=str)


def claims_of(query: Mapping[str, str]) -> WantedClaims:
    """Return which claims an address asks for. Raises 404 for what no page of ours links to."""
    return WantedClaims(
        _one_of(query, "state", get_args(Queue), "open"),
        _kind(query, get_args(ClaimKind)),
        optional_integer(query.get("least", ""), 1),
        optional_integer(query.get("days", ""), 0, MOST_DAYS),
        one_line(query.get("who", ""), MOST_WHO).strip(),
        cast("Owned", _one_of(query, "owned", get_args(Owned), "anyone")),
    )


def reports_of(query: Mapping[str, str]) -> WantedReports:
    """Return which reports an address asks for. Raises 404 for what no page of ours links to."""
    return WantedReports(
        cast("report_list.Queue", _one_of(query, "state", get_args(report_list.Queue), "open")),
        _kind(query, REPORT_KINDS),
        optional_integer(query.get("days", ""), 0, MOST_DAYS),
        one_line(query.get("who", ""), MOST_WHO).strip(),
        cast("Owned", _one_of(query, "owned", get_args(Owned), "anyone")),
    )


def kept(query: Mapping[str, str]) -> str:
    """Return what of an address says which list it is, to be gone back to; may be empty."""
    return urlencode({name: query[name] for name in KEPT if query.get(name)})


def list_of(form: Mapping[str, str]) -> str:
    """Return the same as it came along with a form, nothing else in it."""
    return kept(dict(parse_qsl(form.get("list", ""))))


def _one_of(query: Mapping[str, str], name: str, known: tuple[T, ...], default: T) -> T:
    found = query.get(name, default)
    if found not in known:
        raise HTTPNotFound
    return found


def _kind(query: Mapping[str, str], known: tuple[T, ...]) -> T | None:
    """A kind that was chosen; every one of them where the field is empty."""
    return _one_of(query, "kind", known, known[0]) if query.get("kind") else None
