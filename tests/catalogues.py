"""Checks that every text people read is translated: `python -m tests.catalogues`.

Fails on a text without a translation, one that nothing says any more, a fuzzy one, and one whose
`%(name)s` places differ.
"""

import re
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "web" / "locales"
PACKAGES = ("cli", "foundation", "media", "notify", "payouts", "people", "points", "readiness",
            "record", "rooms", "scheduler", "signaling", "telephone", "web", "writing")  # fmt: skip
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"**/templates/**": {"trimmed": "true", "silent": "false"}}
PLACE = re.compile(r"%\(\w+\)s")


def said() -> set[str]:
    """Return every text that the code and the templates mark."""
    found: set[str] = set()
    for package in PACKAGES:
        for _, _, message, _, _ in extract_from_dir(
            ROOT / package, METHODS, OPTIONS, keywords=KEYWORDS
        ):
            found.update([message] if isinstance(message, str) else message)
    return found


def problems(catalogue: Catalog, wanted: set[str]) -> list[str]:
    """Return what is wrong with a catalogue, one line each."""
    known = {text_of(message): message for message in catalogue if message.id}
    wrong = [f"not translated: {text}" for text in sorted(wanted - known.keys())]
    wrong += [f"nothing says this: {text}" for text in sorted(known.keys() - wanted)]
    for text, message in known.items():
        translation = first(message.string)
        if message.fuzzy or not translation:
            wrong.append(f"not finished: {text}")
        elif set(PLACE.findall(text)) != set(PLACE.findall(translation)):
            wrong.append(f"other places than the text has: {text}")
    return wrong


def text_of(message: Message) -> str:
    """Return the text that a message translates."""
    return first(message.id)


def first(forms: str | Sequence[str] | None) -> str:
    """Return a text, or the first of its plural forms."""
    return forms if isinstance(forms, str) else (forms or ("",))[0]


def main() -> int:
    """Check every catalogue; return the exit code."""
    wanted = said()
    paths = sorted(LOCALES.glob("*/LC_MESSAGES/messages.po"))
    failed = not paths
    for path in paths:
        wrong = problems(read_po(BytesIO(path.read_bytes()), abort_invalid=True), wanted)
        for line in wrong:
            print(f"{path.relative_to(ROOT)}: {line}")
        print(f"{path.relative_to(ROOT)}: {len(wanted)} texts, {len(wrong)} problems")
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
