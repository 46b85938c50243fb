"""What a mail says, as text and as HTML, in its reader's language: one layout for every mail."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foundation.language import DEFAULT, translate
from foundation.templates import translated
from notify import letterhead
from notify.frames import MailFrame
from notify.letterhead import Letterhead
from notify.mail_ways import way_of


@dataclass(frozen=True)
class Letter:
    """A mail's subject, one line, and its body in two forms that say the same.

    `values` are what it was drawn from, and `locale` its language.
    """

    subject: str
    text: str
    html: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def locale(self) -> str:
        """The language of a mail that was laid out here."""
        return str(self.values.get("locale", DEFAULT))

    def by(self, head: Letterhead, frame: MailFrame) -> "Letter":
        """Return the same mail under a site's own head, with its own opening and closing."""
        own = head != letterhead.HOUSE or frame.opening or frame.closing
        if not self.values or not own:
            return self
        said = {"opening": _paragraphs(frame.opening), "closing": _paragraphs(frame.closing)}
        return _drawn(self.subject, {**self.values, **said}, head)


def letter(
    locale: str,
    name: str,
    title: str,
    text: str,
    link: str | None = None,
    site: str | None = None,
    *,
    in_inbox: bool = True,
) -> Letter:
    """Lay out a mail to `name` (nobody in particular, if empty) in the language of its text.

    An empty line in `text` parts paragraphs. `link` is a path, `site` the address before it; its
    button says where it leads (`notify.mail_ways`).
    `in_inbox` says that the same stands in the reader's inbox, for those who have one.
    """
    subject = " ".join(title.split())
    values = {
        "locale": locale,
        "name": name,
        "title": subject,
        "opening": [],
        "paragraphs": _paragraphs(text),
        "closing": [],
        "link": f"{site or ''}{link}" if link else None,
        "way": translate(locale, way_of(link)) if link else "",
        "site": site,
        "in_inbox": in_inbox,
    }
    return _drawn(subject, values, letterhead.HOUSE)


def _paragraphs(text: str) -> list[str]:
    return [part.strip("\n") for part in text.split("\n\n") if part.strip()]


def _drawn(subject: str, values: Mapping[str, Any], head: Letterhead) -> Letter:
    said = {**values, "head": head, "called": head.name(values["locale"])}
    text, html = (_templates.get_template(f"mail.{form}").render(said) for form in ("txt", "html"))
    return Letter(subject, text, html, values)


# A text is no HTML, and says `&` as it is.
_templates = translated(
    Path(__file__).resolve().parent / "templates", plain=("txt",), keep_trailing_newline=True
)
