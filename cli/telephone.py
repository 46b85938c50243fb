"""The telephone's verbs: its process, what watches that, and a call to try the trunk with."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from cli.serve import Data
from foundation.log import set_up_log
from foundation.settings import Settings

Number = Annotated[str, typer.Argument(help="The number to ring, as the trunk takes it.")]


def _line(data: Path | None) -> tuple[ModuleType, Settings]:
    """Return what holds the line, which only machines with a SIP stack can import."""
    settings = Settings() if data is None else Settings(data=data)
    if settings.trunk_server is None:
        raise typer.BadParameter("The telephone needs HITOTOKI_TRUNK_SERVER (docs/telephone.md).")
    if importlib.util.find_spec("baresip") is None:
        raise typer.BadParameter(
            "baresip-python, which speaks SIP, isn't made for this machine (docs/telephone.md); "
            "the site runs without the telephone."
        )
    settings.data.mkdir(parents=True, exist_ok=True)
    set_up_log(settings.log_format)
    return importlib.import_module("cli.telephone_line"), settings


def telephone(data: Data = None) -> None:
    """Hold the site's telephone line until told to stop, and end the calls that break off."""
    line, settings = _line(data)
    raise typer.Exit(line.supervise(settings))


def telephone_gateway(data: Data = None) -> None:
    """Hold the line without anything that watches: `telephone` starts this one."""
    line, settings = _line(data)
    line.serve(settings)


def telephone_check(number: Number, data: Data = None) -> None:
    """Ring a number by the trunk, and say step by step what came of it; it costs one call."""
    line, settings = _line(data)
    raise typer.Exit(line.check(settings, number))
