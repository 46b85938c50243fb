"""What a mail says, as text and as HTML, in its reader's language: one layout for every mail."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.language import translate
from foundation.templates import translated
from notify.mail_ways import way_of


@dataclass(frozen=True)
class Letter:
    """A mail's subject, one line, and its body in two forms that say the same."""

    subject: str
    text: str
    html: str


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
        "paragraphs": [part.strip("\n") for part in text.split("\n\n") if part.strip()],
        "link": f"{site or ''}{link}" if link else None,
        "way": translate(locale, way_of(link)) if link else "",
        "site": site,
        "in_inbox": in_inbox,
    }
    return Letter(subject, _drawn("mail.txt", values), _drawn("mail.html", values))


def _drawn(template: str, values: dict[str, Any]) -> str:
    return _templates.get_template(template).render(values)


# A text is no HTML, and says `&` as it is.
_templates = translated(
    Path(__file__).resolve().parent / "templates", plain=("txt",), keep_trailing_newline=True
)
