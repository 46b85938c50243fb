"""Templates: the environment that all pages share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from aiohttp.web import AppKey
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from foundation.language import DEFAULT, gettext_for
from web import filters

log = structlog.get_logger(__name__)

HERE = Path(__file__).resolve().parent
TEMPLATES = HERE / "templates"
LOCALES = HERE / "locales"
STATIC = HERE / "static"

FILTERS = (
    "points", "clock", "when", "day", "short_day", "narrow_day", "last_day", "hhmm", "hhmmss",
    "honoured", "zone_mark", "zone_name",
)  # fmt: skip

TEMPLATE_ENVIRONMENT = AppKey("templates", Environment)


def make_environment(static: Path = STATIC) -> Environment:
    """Return the template environment, with the built files' names of this moment."""
    # Templates are made for one reader at a time, so a missing name is a mistake and says so.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_gettext, _ngettext, newstyle=True)
    asset = _assets(static)
    sprite = asset("icons.svg")
    environment.globals.update(asset=asset, icon=lambda name: _icon(sprite, name))
    for name in FILTERS:
        environment.filters[name] = getattr(filters, name)
    return environment


@pass_context
def _gettext(context: Context, text: str) -> str:
    return gettext_for(str(context.get("locale") or DEFAULT)).gettext(text)


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return gettext_for(str(context.get("locale") or DEFAULT)).ngettext(one, many, n)


def _assets(static: Path) -> Callable[[str], str]:
    """Return what turns a built file's plain name into its address."""
    try:
        manifest: dict[str, Any] = json.loads((static / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        log.warning("static.not_built")
        manifest = {}
    return lambda name: f"/static/{manifest.get(name, name)}"


def _icon(sprite: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        sprite, name
    )
