"""Templates: the environment that all pages share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from aiohttp.web import AppKey
from jinja2 import Environment
from markupsafe import Markup

from foundation.templates import translated
from web.http import filters

log = structlog.get_logger(__name__)

HERE = Path(__file__).resolve().parent.parent
TEMPLATES = HERE / "templates"
LOCALES = HERE / "locales"
STATIC = HERE / "static"

FILTERS = (
    "points", "clock", "when", "day", "short_day", "narrow_day", "last_day", "hhmm", "hhmmss",
    "honoured", "sentence", "zone_mark", "zone_name",
)  # fmt: skip

TEMPLATE_ENVIRONMENT = AppKey("templates", Environment)


def make_environment(static: Path = STATIC) -> Environment:
    """Return the template environment, with the built files' names of this moment."""
    environment = translated(TEMPLATES)
    asset = _assets(static)
    sprite = asset("icons.svg")
    environment.globals.update(asset=asset, icon=lambda name: _icon(sprite, name))
    for name in FILTERS:
        environment.filters[name] = getattr(filters, name)
    return environment


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
