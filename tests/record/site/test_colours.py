"""An accent of any colour can be read, in light and in dark."""

import colorsys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from record.site.colours import (
    CONTROLS,
    DARK_PAPERS,
    LIGHT_PAPERS,
    TEXT,
    accent_of,
    contrast,
    fits,
    is_colour,
    nearest_that_fits,
)
from record.site.particulars import HOUSE_ACCENT, HOUSE_COLOUR
from web.http.render import HERE

COLOUR = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def of_hue(hue: int, lightness: float = 0.5, saturation: float = 1.0) -> str:
    """A colour of a hue in degrees, as pickers name it."""
    parts = colorsys.hls_to_rgb(hue / 360, lightness, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)


def must_be_readable(colour: str) -> None:
    """Everything that pages do with an accent keeps its contrast."""
    accent = accent_of(colour)
    for shades, papers in ((accent.light, LIGHT_PAPERS), (accent.dark, DARK_PAPERS)):
        for ground in (*papers, shades.soft):
            assert contrast(shades.accent, ground) >= TEXT, (colour, shades, ground)
            assert contrast(shades.accent, ground) >= CONTROLS
        assert contrast(shades.accent, shades.ink) >= TEXT
        assert contrast(shades.deep, shades.ink) >= TEXT
        assert contrast(shades.deep, papers[0]) >= TEXT


@pytest.mark.parametrize("hue", range(360))
def test_each_hue_has_a_shade_that_can_be_read(hue: int) -> None:
    for lightness in (0.3, 0.5, 0.8):
        must_be_readable(nearest_that_fits(of_hue(hue, lightness)))


@given(COLOUR)
def test_any_colour_is_taken_or_has_a_nearest_one_that_is(colour: str) -> None:
    near = nearest_that_fits(colour)
    assert fits(near)
    assert (near == colour) == fits(colour)
    must_be_readable(near)


@given(COLOUR)
def test_a_colour_that_fits_is_taken_as_it_is(colour: str) -> None:
    if fits(colour):
        assert accent_of(colour).light.accent == colour
    else:
        with pytest.raises(ValueError, match="read"):
            accent_of(colour)


def test_the_nearest_keeps_its_hue() -> None:
    yellow = nearest_that_fits("#ffff00")
    red, green, blue = (int(yellow[at : at + 2], 16) for at in (1, 3, 5))
    assert abs(red - green) < 12
    assert blue < red / 2


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_the_house_s_own_accent_stands_in_the_style_sheet_too() -> None:
    must_be_readable(HOUSE_COLOUR)
    sheet = (HERE / "client" / "style" / "tokens.css").read_text("utf-8")
    for name, part in (("accent", "accent"), ("accent-deep", "deep"), ("accent-soft", "soft")):
        light, dark = getattr(HOUSE_ACCENT.light, part), getattr(HOUSE_ACCENT.dark, part)
        assert f"--{name}: light-dark({light}, {dark});" in sheet
    for paper in (*LIGHT_PAPERS[:2], *DARK_PAPERS):
        assert paper in sheet


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345", "#1234567", "#12345g", "＃123456"])
def test_what_is_no_colour_is_none(text: str) -> None:
    assert not is_colour(text)
