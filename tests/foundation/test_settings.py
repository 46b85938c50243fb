"""Settings come from the environment, are bounded, and are all documented."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticUndefined

from foundation.settings import Settings

TABLE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `HITOTOKI_(\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    return {name.lower(): (default, text) for name, default, text in ROW.findall(TABLE.read_text())}


def shown(value: object) -> str:
    if value is None or value == ():
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_page_lists_exactly_the_settings() -> None:
    assert list(documented()) == list(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_page_says_each_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    assert field.default is not PydanticUndefined
    assert documented()[name] == (shown(field.default), field.description)


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HITOTOKI_MINUTE_SECONDS", "3")
    monkeypatch.setenv("HITOTOKI_STUN_URLS", "stun:a.example, stun:b.example,")
    monkeypatch.setenv("HITOTOKI_REDIS_URL", "")
    settings = Settings()
    assert settings.minute_seconds == 3
    assert settings.stun_urls == ("stun:a.example", "stun:b.example")
    assert settings.redis_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", 65536), ("port", "１２"), ("minute_seconds", 0), ("minute_seconds", 1.5),
        ("fee_percent", 101), ("fee_percent", -1), ("lot_months", 6), ("free_seconds", "soon"),
        ("page_size", 10**9), ("log_format", "xml"), ("events_burst", 0),
    ],
)  # fmt: skip
def test_a_figure_out_of_bounds_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        Settings(**{name: value})


def test_one_lost_beat_can_not_interrupt_a_talk() -> None:
    with pytest.raises(ValidationError, match="twice beat_seconds"):
        Settings(beat_seconds=10, silence_seconds=19)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_a_secret_is_not_printed() -> None:
    assert "hush" not in repr(Settings(turn_secret="hush"))


@pytest.mark.parametrize(
    ("url", "secure"), [(None, False), ("http://a.example", False), ("https://a.example", True)]
)
def test_https_makes_the_site_secure(url: str | None, secure: bool) -> None:
    assert Settings(public_url=url).secure is secure
