"""Times as people read them, wherever they stand: on a page, in a notice, in a mail."""

from datetime import date, datetime, tzinfo

from babel.dates import format_date, format_datetime

from foundation.language import DEFAULT

DAY = {"ja": "M月d日", "en": "d MMM"}
MOMENT = {"ja": "y年M月d日(E) H:mm", "en": "EEE d MMM y, H:mm"}


def moment(at: datetime, zone: tzinfo, locale: str) -> str:
    """Write a moment in a reader's zone, which it names: 2026年1月31日(土) 21:05 JST."""
    here, language = at.astimezone(zone), locale if locale in MOMENT else DEFAULT
    return f"{format_datetime(here, MOMENT[language], locale=language)} {here:%Z}"


def day(on: date, locale: str) -> str:
    """Write a day near by: 1月31日, 31 Jan."""
    language = locale if locale in DAY else DEFAULT
    return str(format_date(on, DAY[language], locale=language))
