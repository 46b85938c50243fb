"""What a browser says it is, in a word or two: enough for its owner to know it again.

Rough on purpose. The header itself is stored nowhere.
"""

from dataclasses import dataclass

LONGEST_HEADER = 1000

# The first that is named in a header wins: most browsers name others as well.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("YaBrowser", "Yandex"),
    ("Vivaldi", "Vivaldi"),
    ("Line/", "LINE"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Agent:
    """A browser and the system it runs on; None where the header names none that is known."""

    browser: str | None = None
    system: str | None = None


def agent_of(header: str | None) -> Agent:
    """Return what a `User-Agent` header tells."""
    said = (header or "")[:LONGEST_HEADER]
    return Agent(_first(said, BROWSERS), _first(said, SYSTEMS))


def _first(said: str, names: tuple[tuple[str, str], ...]) -> str | None:
    return next((name for mark, name in names if mark in said), None)
