"""Pages to read speak of the telephone and of paying later as the settings are, or not at all."""

import re
from html import unescape

import pytest

from tests.web.conftest import Open

READ = ("/faq", "/terms", "/prices", "/guide", "/guide/casts", "/legal")
# As each language speaks of them; the seller's own number is another matter.
WORDS = {
    "ja": {"tab": r"後払い", "telephone": r"電話(?!番号</dt>)"},
    "en": {"tab": r"[Pp]ay(ing|s)? later|\btab\b", "telephone": r"[Tt]elephone(?! number</dt>)"},
}


async def main_of(open_browser: Open, path: str, language: str, **settings: object) -> str:
    browser = await open_browser(**settings)
    answer = await browser.get(path, **{"Accept-Language": language})
    assert answer.status == 200
    page = unescape(await answer.text())
    return re.sub(r"(?s).*<main|</main>.*", "", page)


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_nothing_is_said_of_what_is_off(open_browser: Open, path: str, language: str) -> None:
    off = await main_of(open_browser, path, language, tab=False, telephone=False)
    on = await main_of(open_browser, path, language, tab=True, telephone=True)
    for which in ("tab", "telephone"):
        told = re.compile(WORDS[language][which])
        # Legal pages tell the seller's telephone, and claims of whom to ask.
        if path != "/legal" or which == "tab":
            assert not told.search(off), (which, told.search(off))
        assert told.search(on), which


FIGURES = {"tab_limit": 7654, "tab_days": 9, "telephone_line_fee": 37, "telephone_standby_hours": 5}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_figures_are_those_of_the_settings(open_browser: Open, language: str) -> None:
    for path, figures in {
        "/faq": ("7,654", "9", "37"),
        "/terms": ("7,654", "9", "37"),
        "/prices": ("7,654", "9", "37"),
        "/guide": ("7,654", "9", "37"),
        "/guide/casts": ("37", "5"),
        "/legal": ("9", "37"),
    }.items():
        page = await main_of(open_browser, path, language, tab=True, telephone=True, **FIGURES)
        for figure in figures:
            assert re.search(rf"(?<![\d,]){figure}(?![\d,])", page), (path, figure)


@pytest.mark.parametrize("free", [True, False])
async def test_the_free_time_by_telephone_is_as_the_site_has_it(
    open_browser: Open, free: bool
) -> None:
    for path in ("/faq", "/prices", "/guide", "/terms"):
        page = await main_of(open_browser, path, "ja", telephone=True, telephone_free=free)
        none = re.search(r"電話(の|による)通話に、無料の時間はありません。", page)
        assert (none is None) is free, path


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        ("card", "カードを保存した方にご用意します。"),
        ("number", "電話番号の確認が済んだ方にご用意します。"),
        ("either", "カードを保存したか、電話番号の確認が済んだ方にご用意します。"),
        ("nothing", None),
    ],
)
async def test_what_a_first_limit_wants_is_said_as_it_is(
    open_browser: Open, asks: str, says: str | None
) -> None:
    for path in ("/faq", "/terms", "/prices", "/guide"):
        page = await main_of(open_browser, path, "ja", tab=True, telephone=True, tab_asks=asks)
        assert ("ご用意します。" in page) is (says is not None)
        assert says is None or says in page


async def test_privacy_tells_what_of_both_is_collected_and_to_whom_it_goes(
    open_browser: Open,
) -> None:
    page = await main_of(open_browser, "/privacy", "ja", tab=True, telephone=True)
    for words in (
        "限度額のもとになったカードと電話番号の、もとに戻せない印",
        "電話番号を電話会社に伝えます",
        "電話による通話の音声も録音しません",
    ):
        assert words in page
    page = await main_of(open_browser, "/privacy", "ja", tab=False, telephone=False)
    before = page.partition("保存する期間")[0]
    assert "後払い" not in before
    assert "電話会社" not in before
