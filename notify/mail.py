"""What a mail says, as text and as HTML, in its reader's language: one layout for every mail."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from foundation.language import gettext_for


@dataclass(frozen=True)
class Letter:
    """A mail's subject, one line, and its body in two forms that say the same."""

    subject: str
    text: str
    html: str


def letter(
    locale: str, name: str, title: str, text: str, link: str | None = None, site: str | None = None
) -> Letter:
    """Lay out a mail to `name` in the language of `title` and `text`.

    An empty line in `text` parts paragraphs. `link` is a path, `site` the address before it.
    """
    subject = " ".join(title.split())
    values = {
        "locale": locale,
        "name": name,
        "title": subject,
        "paragraphs": [part.strip("\n") for part in text.split("\n\n") if part.strip()],
        "link": f"{site or ''}{link}" if link else None,
        "site": site,
    }
    return Letter(subject, _drawn("mail.txt", values), _drawn("mail.html", values))


def _drawn(template: str, values: dict[str, Any]) -> str:
    return _templates.get_template(template).render(values)


@pass_context
def _gettext(context: Context, text: str) -> str:
    return gettext_for(str(context["locale"])).gettext(text)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        # A text is no HTML, and says `&` as it is.
        autoescape=select_autoescape(("html",), ("txt",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_gettext, _ngettext, newstyle=True)
    return environment


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return gettext_for(str(context["locale"])).ngettext(one, many, n)


_templates = _environment()
