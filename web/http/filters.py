"""How figures and times are written for people."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_timedelta, get_timezone_name
from jinja2 import pass_context
from jinja2.runtime import Context

from foundation import times
from foundation.language import DEFAULT, N_, translate
from foundation.text.clusters import clusters
from people.accounts.accounts import User
from points.rules import SITE_ZONE

DAY = {"ja": "y年M月d日", "en": "d MMM y"}
HONORIFICS = ("様", "さま", "殿", "御中", "先生")
MONTH = {"ja": "y年M月", "en": "MMM y"}
SHORT_DAY = {"ja": "M月d日(E)", "en": "EEE d MMM"}
TODAY, TOMORROW = N_("今日"), N_("明日")
NARROW_DAY = {"ja": "M/d(E)", "en": "EEE d"}


def reader_zone(user: User | None) -> ZoneInfo:
    """Return the time zone in which a reader is told times: the member's, else the site's."""
    try:
        return ZoneInfo(user.time_zone) if user else SITE_ZONE
    except (ZoneInfoNotFoundError, ValueError):
        return SITE_ZONE


def points(number: int) -> str:
    """Write a number of points: 1,234."""
    return f"{number:,}"


def duration(milliseconds: int) -> str:
    """Write a length of time as a clock does: 1:05, 1:02:03. Begun seconds don't count."""
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def initial(name: str) -> str:
    """Return what stands for somebody without a portrait: the first character, as people count."""
    return next(iter(clusters(name)), "")


@pass_context
def sentence(context: Context, words: str) -> str:
    """Close words with the full stop of the reader's language; nothing stays nothing."""
    return f"{words}{'。' if _locale(context).startswith('ja') else '.'}" if words else ""


@pass_context
def when(context: Context, moment: datetime) -> str:
    """Write a moment in the reader's zone, which it names: 2026年1月31日(土) 21:05 JST."""
    return times.moment(moment, _zone(context), _locale(context))


@pass_context
def day(context: Context, moment: datetime | date) -> str:
    """Write a day in the site's zone: 2026年1月31日, 31 Jan 2026."""
    there = moment.astimezone(SITE_ZONE).date() if isinstance(moment, datetime) else moment
    return format_date(there, _pattern(DAY, context), locale=_locale(context))


@pass_context
def month(context: Context, moment: datetime | date) -> str:
    """Write a month in the site's zone: 2026年1月, Jan 2026."""
    there = moment.astimezone(SITE_ZONE).date() if isinstance(moment, datetime) else moment
    return format_date(there, _pattern(MONTH, context), locale=_locale(context))


@pass_context
def short_day(context: Context, moment: datetime | date) -> str:
    """Write a day near by, a moment's in the reader's zone: 1月31日(土), Sat 31 Jan."""
    here = moment.astimezone(_zone(context)).date() if isinstance(moment, datetime) else moment
    return format_date(here, _pattern(SHORT_DAY, context), locale=_locale(context))


@pass_context
def near(context: Context, moment: datetime) -> str:
    """Write when something begins, in the reader's zone: 今日 21:00, 明日 9:30, 1/31(土) 21:00."""
    here = moment.astimezone(_zone(context))
    ahead = (here.date() - datetime.now(here.tzinfo).date()).days
    locale = _locale(context)
    words = {0: translate(locale, TODAY), 1: translate(locale, TOMORROW)}
    return f"{words.get(ahead) or narrow_day(context, here.date())} {here:%H:%M}"


@pass_context
def age(context: Context, moment: datetime) -> str:
    """Write how long ago something was, in its largest unit: 3 日, 2 hours."""
    past = datetime.now(moment.tzinfo) - moment
    return str(format_timedelta(past, granularity="minute", locale=_locale(context)))


@pass_context
def narrow_day(context: Context, day: date) -> str:
    """Write a day where there is little room: 1/31(土), Sat 31."""
    return format_date(day, _pattern(NARROW_DAY, context), locale=_locale(context))


@pass_context
def zone_mark(context: Context, moment: datetime) -> str:
    """Write the short name of the reader's zone at a moment: JST, CEST."""
    return f"{moment.astimezone(_zone(context)):%Z}"


@pass_context
def zone_name(context: Context, zone: ZoneInfo | str) -> str:
    """Write a time zone's name, whatever the season: 日本時間, Japan Time."""
    found = ZoneInfo(zone) if isinstance(zone, str) else zone
    # To the catalogue of zones this one is a region that nobody knows.
    if found.key.endswith("UTC"):
        return "UTC"
    return get_timezone_name(found, locale=_locale(context))


@pass_context
def last_day(context: Context, moment: datetime) -> str:
    """Write the last day that lies wholly or partly before a moment: until when points are good."""
    return day(context, moment - datetime.resolution)


@pass_context
def hhmm(context: Context, moment: datetime | time) -> str:
    """Write a time of day: 21:05. A moment is told in the reader's zone, a plain time as it is."""
    here = moment.astimezone(_zone(context)) if isinstance(moment, datetime) else moment
    return f"{here:%H:%M}"


@pass_context
def until(context: Context, moment: datetime | time) -> str:
    """Write the time of day at which something ends: midnight is 24:00 of the day that ends."""
    told = hhmm(context, moment)
    return "24:00" if told == "00:00" else told


@pass_context
def honoured(context: Context, name: str) -> str:
    """Write whom a paper is for; in Japanese with 様, unless an honorific stands there already."""
    if _locale(context) != DEFAULT or name.endswith(HONORIFICS):
        return name
    return f"{name} 様"


@pass_context
def hhmmss(context: Context, moment: datetime) -> str:
    """Write a moment's time of day to the second, in the reader's zone: 21:05:09."""
    return f"{moment.astimezone(_zone(context)):%H:%M:%S}"


def _locale(context: Mapping[str, Any] | Context) -> str:
    return str(context.get("locale") or DEFAULT)


def _pattern(patterns: dict[str, str], context: Context) -> str:
    return patterns.get(_locale(context), patterns[DEFAULT])


def _zone(context: Context) -> ZoneInfo:
    zone = context.get("zone")
    return zone if isinstance(zone, ZoneInfo) else SITE_ZONE
