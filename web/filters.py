"""How figures and times are written for people."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import pass_context
from jinja2.runtime import Context

from foundation.language import DEFAULT
from points.rules import SITE_ZONE

DAY = {"ja": "y年M月d日", "en": "d MMM y"}
MOMENT = {"ja": "y年M月d日(E) H:mm", "en": "EEE d MMM y, H:mm"}


def points(number: int) -> str:
    """Write a number of points: 1,234."""
    return f"{number:,}"


def clock(milliseconds: int) -> str:
    """Write a length of time as a clock does: 1:05, 1:02:03. Begun seconds don't count."""
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@pass_context
def when(context: Context, moment: datetime) -> str:
    """Write a moment in the reader's zone, which it names: 2026年1月31日(土) 21:05 JST."""
    here = moment.astimezone(_zone(context))
    return f"{format_datetime(here, _pattern(MOMENT, context), locale=_locale(context))} {here:%Z}"


@pass_context
def day(context: Context, moment: datetime | date) -> str:
    """Write a day in the site's zone: 2026年1月31日, 31 Jan 2026."""
    there = moment.astimezone(SITE_ZONE).date() if isinstance(moment, datetime) else moment
    return format_date(there, _pattern(DAY, context), locale=_locale(context))


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
def hhmmss(context: Context, moment: datetime) -> str:
    """Write a moment's time of day to the second, in the reader's zone: 21:05:33."""
    return f"{moment.astimezone(_zone(context)):%H:%M:%S}"


def _locale(context: Mapping[str, Any] | Context) -> str:
    return str(context.get("locale") or DEFAULT)


def _pattern(patterns: dict[str, str], context: Context) -> str:
    return patterns.get(_locale(context), patterns[DEFAULT])


def _zone(context: Context) -> ZoneInfo:
    zone = context.get("zone")
    return zone if isinstance(zone, ZoneInfo) else SITE_ZONE
