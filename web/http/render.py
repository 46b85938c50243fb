"""Templates: the environment that all pages share."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import structlog
from aiohttp.web import AppKey
from jinja2 import Environment
from markupsafe import Markup

from foundation.pages import MOST_COUNTED
from foundation.templates import translated
from foundation.text.links import linked
from web.browsers import supported
from web.http import filters

log = structlog.get_logger(__name__)

HERE = Path(__file__).resolve().parent.parent
TEMPLATES = HERE / "templates"
LOCALES = HERE / "locales"
STATIC = HERE / "static"

FILTERS = (
    "points", "duration", "when", "day", "short_day", "narrow_day", "last_day", "hhmm", "hhmmss",
    "age", "honoured", "initial", "month", "near", "sentence", "until", "zone_mark", "zone_name",
)  # fmt: skip

TEMPLATE_ENVIRONMENT = AppKey("templates", Environment)


def make_environment(static: Path = STATIC) -> Environment:
    """Return the template environment, with the built files' names of this moment."""
    try:
        built = (static / "manifest.json").read_text("utf-8")
    except FileNotFoundError:
        log.warning("static.not_built")
        built = "{}"
    return _environment(built)


# Templates are compiled at their first use: sites of one process share what is compiled.
@lru_cache(maxsize=4)
def _environment(built: str) -> Environment:
    environment = translated(TEMPLATES)
    asset = _assets(json.loads(built))
    sprite = asset("icons.svg")
    environment.globals.update(
        asset=asset,
        icon=lambda name: _icon(sprite, name),
        browsers=supported(),
        most_counted=MOST_COUNTED,
    )
    for name in FILTERS:
        environment.filters[name] = getattr(filters, name)
    environment.filters["linked"] = linked
    return environment


def _assets(manifest: dict[str, str]) -> Callable[[str], str]:
    """Return what turns a built file's plain name into its address."""
    return lambda name: f"/static/{manifest.get(name, name)}"


def _icon(sprite: str, name: str) -> Markup:
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
        sprite, name
    )
