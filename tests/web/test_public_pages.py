"""The pages to read: there for everybody, in both languages, and true to the settings."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from structlog.testing import capture_logs

from cli.serve import _say_what_is_missing
from foundation.settings import SELLER, Settings
from points import rules
from rooms.care import keeping
from tests.web.conftest import Open
from tests.web.scene import Browser
from web.http.render import TEMPLATES
from web.pages.site.reading import cost

PAGES = ["/guide", "/faq", "/prices", "/terms", "/privacy", "/legal", "/contact", "/casts/join"]
PAGES += ["/check", "/offer"]
FILLED: dict[str, Any] = {name: f"[{name}]" for name in SELLER}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["ja", "en"])
async def test_each_page_shows_itself_in_the_readers_language(
    browser: Browser, path: str, language: str
) -> None:
    answer = await browser.get(path, **{"Accept-Language": language})
    page = await answer.text()
    assert answer.status == 200, page
    assert f'<html lang="{language}">' in page
    assert page.count("<h1") == 1
    if language == "en":
        main = re.sub(r"(?s).*<main|</main>.*|<select.*?</select>", "", page)
        assert not re.search(r"[ぁ-んァ-ン]", main)


async def test_every_page_leads_to_all_of_them(browser: Browser) -> None:
    page = await (await browser.get("/")).text()
    for path in PAGES:
        assert f'href="{path}"' in page, path


async def test_no_page_links_to_what_is_not_there(browser: Browser) -> None:
    for path in PAGES:
        page = await (await browser.get(path)).text()
        for link in {*re.findall(r'href="(/[^"#?]*)', page)} - {"/"}:
            if not link.startswith("/static/"):
                assert (await browser.get(unescape(link))).status in (200, 303), (path, link)


def test_both_languages_have_the_same_texts_with_the_same_headings() -> None:
    ja, en = TEMPLATES / "ja", TEMPLATES / "en"
    names = sorted(path.name for path in ja.iterdir())
    assert names == sorted(path.name for path in en.iterdir())
    for name in names:
        kinds = [
            re.findall(r"<h[1-3]|<section(?: id=\"\w+\")?|<li>", (folder / name).read_text("utf-8"))
            for folder in (ja, en)
        ]
        assert kinds[0] == kinds[1], name


def test_both_languages_name_the_same_settings() -> None:
    for path in (TEMPLATES / "ja").iterdir():
        other = TEMPLATES / "en" / path.name
        named = [
            set(re.findall(r"settings\.\w+", file.read_text("utf-8"))) for file in (path, other)
        ]
        assert named[0] == named[1], path.name


async def test_the_legal_page_says_plainly_what_is_not_filled_in(open_browser: Open) -> None:
    empty = await (await (await open_browser()).get("/legal")).text()
    assert empty.count("未記入です") == len(SELLER)
    filled = await (await (await open_browser(**FILLED)).get("/legal")).text()
    assert "未記入です" not in filled
    for value in FILLED.values():
        assert value in filled


async def test_terms_are_a_template_until_the_operator_names_a_day(open_browser: Open) -> None:
    for path in ("/terms", "/privacy"):
        assert "ひな形" in await (await (await open_browser()).get(path)).text()
        reviewed = await open_browser(terms_since=date(2027, 4, 1))
        page = await (await reviewed.get(path)).text()
        assert "ひな形" not in page
        assert "2027年4月1日" in page


async def test_the_texts_say_what_the_settings_say(open_browser: Open) -> None:
    browser = await open_browser(cancel_hours=7, lot_months=2, fee_percent=35, seller_name="試験社")
    terms = await (await browser.get("/terms")).text()
    for words in ("7時間前", "2か月後", "65%", "試験社"):
        assert words in terms, words
    assert "65%" in await (await browser.get("/casts/join")).text()


async def test_the_privacy_page_is_the_table_by_which_is_swept(open_browser: Open) -> None:
    browser = await open_browser(session_days=23)
    page = unescape(await (await browser.get("/privacy")).text())
    for line in keeping.lines():
        how_long = line.how_long % {
            "days": line.days,
            "session_days": 23,
            "recording_days": 30,
            "letter_kept_days": 365,
            "chat_kept_days": 365,
        }
        assert f"<dt>{line.what}</dt><dd>{how_long}</dd>" in page


async def test_prices_come_from_the_table_and_the_meter(browser: Browser) -> None:
    page = await (await browser.get("/prices")).text()
    # Ten minutes at 100 points: one is free, nine are charged.
    assert "900" in page
    assert "円" in page


@pytest.mark.parametrize(
    ("minutes", "free", "points"),
    [(1, 60, 0), (5, 60, 400), (5, 0, 500), (5, 90, 400), (1, 300, 0)],
)
def test_an_example_costs_what_the_meter_would_count(minutes: int, free: int, points: int) -> None:
    assert cost(Settings(free_seconds=free), 100, minutes) == points


def test_the_operator_is_told_at_the_start_what_is_missing() -> None:
    with capture_logs() as lines:
        _say_what_is_missing(Settings())
    assert [line["event"] for line in lines] == [
        "legal.seller_not_filled_in",
        "legal.terms_not_reviewed",
    ]
    assert lines[0]["settings"] == [f"HITOTOKI_{name.upper()}" for name in SELLER]
    with capture_logs() as lines:
        _say_what_is_missing(Settings(demo=True))
        _say_what_is_missing(Settings(terms_since=date(2027, 4, 1), **FILLED))
    assert lines == []


# A clause that takes all liability away, or as much as may be, is void, and so is a court far away.
VOID = {
    "ja": ("責任を負いません", "一切", "認められない場合", "法令の範囲", "法律の許す", "専属"),
    "en": ("not liable", "law allows", "law prevails", "extent permitted", "exclusive"),
}
SAID = {
    "ja": (
        "損害を賠償します",
        "故意または重大な過失",
        "10,000円",
        "上限はありません",
        "高校生",
        "退会の前にお使い",
    ),
    "en": (
        "it pays for it",
        "gross negligence",
        "10,000 yen",
        "no limit",
        "high-school",
        "use them first",
    ),
}


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_terms_exclude_no_liability_and_say_the_limit_in_figures(
    browser: Browser, language: str
) -> None:
    answer = await browser.get("/terms", **{"Accept-Language": language})
    main = re.sub(r"(?s).*<main|</main>.*", "", await answer.text())
    assert [clause for clause in VOID[language] if clause in main] == []
    assert [clause for clause in SAID[language] if clause not in main] == []


async def test_expired_points_that_go_back_live_as_long_as_the_terms_say(browser: Browser) -> None:
    page = await (await browser.get("/terms")).text()
    assert f"お返しした日の{rules.RENEWED_DAYS}日後まで" in page
    assert f"支払いの日から{rules.LONGEST_MONTHS}か月" in page


@pytest.mark.parametrize("path", ["/faq", "/casts/join", "/terms"])
async def test_pages_say_that_pupils_of_high_schools_are_not_taken(
    browser: Browser, path: str
) -> None:
    assert "高校生" in await (await browser.get(path)).text()


@pytest.mark.parametrize(
    ("seller", "said"),
    [("site", "運営者がお客様に販売"), ("cast", "それぞれのキャストがお客様に販売")],
)
async def test_the_pages_of_the_law_say_who_sells_the_talks(
    open_browser: Open, seller: str, said: str
) -> None:
    browser = await open_browser(talk_seller=seller)
    texts = {path: await (await browser.get(path)).text() for path in PAGES}
    for path in ("/terms", "/legal"):
        assert said in texts[path].replace("（販売事業者）", ""), path
    whose = {"site": "通話は、運営者が販売", "cast": "通話は、それぞれのキャストが販売"}
    assert whose[seller] in texts["/prices"]
    # Of the other way nothing is said anywhere, and each page wants the operator's own review.
    (other,) = {"site", "cast"} - {seller}
    assert whose[other] not in texts["/prices"]
    assert ("国税庁のサイト" in texts["/privacy"]) is (seller == "cast")
    assert ("利用明細は、運営者がキャストに代わって作り" in texts["/faq"]) is (seller == "cast")
    for path in ("/legal", "/prices", "/faq"):
        assert "専門家に確かめるまで" in texts[path], path


@pytest.mark.parametrize("way", ["request", "monthly"])
async def test_pages_for_casts_say_how_they_are_paid_and_nothing_is_being_prepared(
    open_browser: Open, way: str
) -> None:
    browser = await open_browser(payout=way, payout_least=6500, payout_bank_fee=275)
    for path in ("/offer", "/faq", "/terms"):
        page = await (await browser.get(path)).text()
        assert "準備中" not in page, path
        assert ("6,500円から" in page and "275円" in page) is (way == "request"), path
        assert ("翌月25日" in page and "毎月末日" in page) is (way == "monthly"), path
