"""A wish in an address, there and back: what a page of rooms was asked for, and each way on."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from foundation.errors import UserError
from foundation.language import N_
from foundation.numbers import integer
from foundation.text import words
from people.meeting.languages import NAMES as LANGUAGES
from rooms.finding.wishes import SORTS, Medium, RoomWish
from rooms.offering.categories import Category
from web.http.forms import one_line

# All that a page of rooms reads of its address.
NAMES = (
    "q", "topic", "category", "now", "evening", "day", "hour", "from", "to", "medium", "language",
    "rated", "new", "sort", "page",
)  # fmt: skip
LONGEST_TOPIC = 20
MOST_RATE = 10_000
LAST_ID = 2**63 - 1
_MEDIA: Mapping[str, Medium] = {"video": "video", "voice": "voice", "telephone": "telephone"}

RATE_WRONG = N_("料金は、%(most)sまでの数字で入力してください。")
RATES_TURNED = N_("料金は、安いほうを先に入力してください。")
DAY_WRONG = N_("日にちは、今日から%(days)s日先までで選んでください。")


@dataclass(frozen=True)
class AskedRooms:
    """A wish, and by field (`day`, `from`, `to`) what of it could not be understood."""

    wish: RoomWish
    problems: Mapping[str, str]


def asked(
    query: Mapping[str, str], today: date, last_day: date, *, telephone: bool = False
) -> AskedRooms:
    """Return what an address asks for; what nobody can mean is told, or left out.

    `telephone`: the site has calls.
    """
    problems: dict[str, str] = {}
    least = _rate(query, "from", problems)
    most = _rate(query, "to", problems)
    if least is not None and most is not None and least > most:
        problems["to"] = RATES_TURNED
        least = most = None
    day = _day(query, today, last_day, problems)
    language = query.get("language", "")
    sort = query.get("sort", "")
    return AskedRooms(
        RoomWish(
            text=one_line(query.get("q", "")[: words.MOST_TEXT], words.MOST_TEXT),
            topic=one_line(query.get("topic", ""), LONGEST_TOPIC),
            category=_number(query, "category", 1, LAST_ID),
            now=query.get("now") == "1",
            evening=query.get("evening") == "1",
            day=day,
            hour=_number(query, "hour", 0, 23) if day else None,
            least_rate=least,
            most_rate=most,
            medium=_medium(query.get("medium", ""), telephone=telephone),
            language=language if language in LANGUAGES else "",
            rated=query.get("rated") == "1",
            new=query.get("new") == "1",
            sort=sort if sort in SORTS else "recommended",
        ),
        problems,
    )


def _medium(asked: str, *, telephone: bool) -> Medium:
    found = _MEDIA.get(asked, "")
    return "" if found == "telephone" and not telephone else found


def _rate(query: Mapping[str, str], name: str, problems: dict[str, str]) -> int | None:
    typed = unicodedata.normalize("NFKC", query.get(name, "")).strip(" ¥円").replace(",", "")
    if not typed:
        return None
    try:
        return integer(typed, 0, MOST_RATE)
    except UserError:
        problems[name] = RATE_WRONG
        return None


def _day(
    query: Mapping[str, str], today: date, last_day: date, problems: dict[str, str]
) -> date | None:
    typed = query.get("day", "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        day = date.min
    if today <= day <= last_day:
        return day
    problems["day"] = DAY_WRONG
    return None


def _number(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    try:
        return integer(query.get(name, ""), least, most)
    except UserError:
        return None


def query_of(wish: RoomWish) -> str:
    """Return the query by which an address asks for a wish, `a=1&b=2`, without what is usual."""
    told: dict[str, object] = {
        "q": wish.text,
        "topic": wish.topic,
        "category": wish.category or "",
        "now": "1" if wish.now else "",
        "evening": "1" if wish.evening else "",
        "day": wish.day or "",
        "hour": "" if wish.hour is None else wish.hour,
        "from": "" if wish.least_rate is None else wish.least_rate,
        "to": "" if wish.most_rate is None else wish.most_rate,
        "medium": wish.medium,
        "language": wish.language,
        "rated": "1" if wish.rated else "",
        "new": "1" if wish.new else "",
        "sort": "" if wish.sort == "recommended" else wish.sort,
    }
    return urlencode({name: value for name, value in told.items() if value != ""})


@dataclass(frozen=True)
class Applied:
    """A condition of a wish, in a text of the catalogues, and the query without it."""

    text: str
    values: Mapping[str, object]
    without: str


_CONDITIONS: tuple[tuple[str, Callable[[RoomWish], dict[str, Any] | None], dict[str, Any]], ...] = (
    (N_("「%(text)s」"), lambda w: {"text": w.text} if w.text else None, {"text": ""}),
    (N_("話題：%(topic)s"), lambda w: {"topic": w.topic} if w.topic else None, {"topic": ""}),
    (
        N_("%(category)s"),
        lambda w: {"category": w.category} if w.category is not None else None,
        {"category": None},
    ),
    (N_("いま話せる"), lambda w: {} if w.now else None, {"now": False}),
    (N_("今夜空いている"), lambda w: {} if w.evening else None, {"evening": False}),
    (
        N_("%(day)s %(hour)s時台"),
        lambda w: {"day": w.day, "hour": w.hour} if w.day and w.hour is not None else None,
        {"day": None, "hour": None},
    ),
    (
        N_("%(day)s"),
        lambda w: {"day": w.day} if w.day and w.hour is None else None,
        {"day": None},
    ),
    (
        N_("¥%(rate)s/分から"),
        lambda w: {"rate": w.least_rate} if w.least_rate is not None else None,
        {"least_rate": None},
    ),
    (
        N_("¥%(rate)s/分まで"),
        lambda w: {"rate": w.most_rate} if w.most_rate is not None else None,
        {"most_rate": None},
    ),
    (N_("ビデオで話せる"), lambda w: {} if w.medium == "video" else None, {"medium": ""}),
    (N_("電話で話せる"), lambda w: {} if w.medium == "telephone" else None, {"medium": ""}),
    (N_("声だけ"), lambda w: {} if w.medium == "voice" else None, {"medium": ""}),
    (
        N_("%(language)sで話せる"),
        lambda w: {"language": w.language} if w.language else None,
        {"language": ""},
    ),
    (N_("★4以上"), lambda w: {} if w.rated else None, {"rated": False}),
    (N_("新しいルーム"), lambda w: {} if w.new else None, {"new": False}),
)


_NONE: dict[str, object] = {
    "text": "", "topic": "", "category": 0, "rate": 0, "day": None, "hour": 0, "language": "",
}  # fmt: skip


def applied(wish: RoomWish) -> list[Applied]:
    """Return the conditions of a wish, each with the way to be rid of it."""
    found = []
    for text, values_of, without in _CONDITIONS:
        values = values_of(wish)
        if values is not None:
            found.append(Applied(text, _NONE | values, query_of(replace(wish, **without))))
    return found


def category_ways(wish: RoomWish, categories: Sequence[Category]) -> list[tuple[Category, str]]:
    """Return each category with the query that asks for it, and for all else of a wish."""
    return [(one, query_of(replace(wish, category=one.id))) for one in categories]
