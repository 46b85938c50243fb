"""The language of texts: Japanese is what the code says, catalogues hold the others."""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from foundation.text.bidi import isolated

DEFAULT = "ja"
CATALOGUE = "LC_MESSAGES/messages.po"

_catalogues: dict[str, NullTranslations] = {DEFAULT: NullTranslations()}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name, which extractors look for
    """Mark a Japanese text for translation, and return it as it is."""
    return text


def load(directory: Path) -> None:
    """Load every `<locale>/LC_MESSAGES/messages.po` below `directory`, in place of what was loaded.

    Catalogues are compiled in memory (some milliseconds): no compiled file can go stale.
    """
    loaded: dict[str, NullTranslations] = {DEFAULT: NullTranslations()}
    for path in sorted(directory.glob(f"*/{CATALOGUE}")):
        loaded[path.parent.parent.name] = _compiled(path.read_bytes())
    _catalogues.clear()
    _catalogues.update(loaded)


# A process that makes the site several times compiles what it finds once.
@lru_cache(maxsize=8)
def _compiled(catalogue: bytes) -> NullTranslations:
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue), abort_invalid=True))
    compiled.seek(0)
    return GNUTranslations(compiled)


def locales() -> tuple[str, ...]:
    """Return the languages that the site speaks, Japanese first."""
    return (DEFAULT, *sorted(set(_catalogues) - {DEFAULT}))


def gettext_for(locale: str) -> NullTranslations:
    """Return a locale's catalogue (Japanese where it is unknown), as jinja2.ext.i18n takes it."""
    return _catalogues.get(locale, _catalogues[DEFAULT])


def translate(locale: str, text: str, **params: object) -> str:
    """Return a Japanese text in `locale`, its `%(name)s` places filled from `params`.

    What is filled in turns nothing around it, in whatever script.
    """
    translated = gettext_for(locale).gettext(text)
    if not params:
        return translated
    return translated % {
        name: isolated(value) if isinstance(value, str) else value for name, value in params.items()
    }


def choose(accept_language: str | None) -> str:
    """Return the best of our languages for an `Accept-Language` header; Japanese when none fits."""
    known = locales()
    for _, tag in sorted(_preferences(accept_language or ""), key=lambda p: -p[0]):
        language = tag.split("-")[0]
        if language in known:
            return language
    return DEFAULT


def _preferences(header: str) -> list[tuple[float, str]]:
    """Return (weight, language tag) for each wanted language; unreadable parts are left out."""
    found = []
    for part in header[:500].split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if weight > 0:
            found.append((weight, tag))
    return found
