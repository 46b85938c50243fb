"""Templates in the reader's language: what pages and mails share."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from foundation.language import DEFAULT, gettext_for
from foundation.text.bidi import isolated


def translated(
    folder: Path, *, plain: tuple[str, ...] = (), keep_trailing_newline: bool = False
) -> Environment:
    """Return the environment of a folder's templates, which read `locale` from their context.

    Values are escaped for HTML, but in files that end like one of `plain`. Names and other words of
    people turn nothing around them, in whatever script; what goes back into a field of a form is
    marked by `|e`, so that it stays as it was typed. Templates are made for one reader at a time,
    so a missing name is a mistake and says so.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(disabled_extensions=plain, default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=keep_trailing_newline,
        finalize=_shown,
    )
    # The i18n extension adds the method, of which its stubs know nothing.
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_gettext, _ngettext, newstyle=True)
    for name in ("gettext", "ngettext"):
        environment.globals[name] = _filled_in(
            cast("Callable[..., str]", environment.globals[name])
        )
    return environment


def _shown(value: object) -> object:
    # What is HTML already has been looked at where it was put together.
    return isolated(value) if type(value) is str else value


def _filled_in(texts: Callable[..., str]) -> Callable[..., str]:
    """Return what fills texts in, so that nothing filled in turns what stands around it."""

    @pass_context
    def filled(context: Context, *said: object, **values: object) -> str:
        return texts(context, *said, **{name: _shown(value) for name, value in values.items()})

    return filled


@pass_context
def _gettext(context: Context, text: str) -> str:
    return gettext_for(str(context.get("locale") or DEFAULT)).gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return gettext_for(str(context.get("locale") or DEFAULT)).ngettext(one, many, n)
