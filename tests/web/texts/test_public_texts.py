"""What the public reads of an operator's own texts, and what operators begin with."""

import re
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from foundation.database import Database, Tx
from foundation.text import blocks
from record.texts.tables import NAMES
from tests.record.texts.saved import save, save_at
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from web.http.render import TEMPLATE_ENVIRONMENT
from web.pages.site.texts import drawing
from web.pages.site.texts.export import exported
from web.pages.site.texts.figures import BLOCKS, FIGURES
from web.pages.site.texts.public import PATHS

EN = {"Accept-Language": "en"}
FILLED = {
    "seller_name": "甲乙 <株式会社>", "seller_person": "山田", "seller_address": "東京都",
    "seller_phone": "03-0000-0000", "seller_email": "a@example.jp", "seller_hours": "10時から",
}  # fmt: skip
# Sites of very different doors.
SITES: list[dict[str, Any]] = [
    FILLED,
    {
        **FILLED, "telephone": True, "tab": True, "tab_asks": "number", "letters": True,
        "board": True, "recording": True, "identity_check": True, "rooms_looked_at": True,
        "who_offers": "anyone", "talk_seller": "cast", "payout": "request", "free_seconds": 0,
        "gift_share": 30, "cancel_hours": 7, "terms_since": date(2027, 4, 1),
        "payout_close_day": 31,
    },
]  # fmt: skip


class _Words(HTMLParser):
    """The words of a page's main part, without its title and what the page says of the text."""

    def __init__(self, aside: str) -> None:
        super().__init__()
        self.aside = aside
        self.said: list[str] = []
        self.path: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "img", "link", "meta", "input", "hr"):
            self.path.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.path and self.path.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.path]
        aside = any(name and re.search(self.aside, name) for _, name in self.path)
        if "main" in tags and "h1" not in tags and not aside:
            self.said.append(data)


def words(page: str, aside: str = "page-head|notice") -> str:
    """Return what a page says, without any space, and without elements of the classes `aside`."""
    reader = _Words(aside)
    reader.feed(page)
    return re.sub(r"\s", "", "".join(reader.said))


async def text(browser: Browser, path: str, **headers: str) -> str:
    """Return a page."""
    answer = await browser.get(path, **headers)
    assert answer.status == 200, path
    return await answer.text()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("site", SITES)
async def test_a_text_as_it_is_exported_says_what_the_shipped_one_says(
    open_browser: Open, database: Database, name: str, site: dict[str, Any]
) -> None:
    browser = await open_browser(**site)
    environment = browser.client.app[TEMPLATE_ENVIRONMENT]
    shipped = {locale: exported(environment, name, locale) for locale in ("ja", "en")}
    # A guide's first words stand beside its title, and are its own.
    aside = "notice" if name.startswith("guide") else "page-head|notice"
    before = await said(browser, name, aside)
    staff = await make_user(database)
    async with database.transaction() as tx:
        await save(tx, staff.id, name, shipped["ja"], body_en=shipped["en"])
    assert await said(await open_browser(**site), name, aside) == before


async def said(browser: Browser, name: str, aside: str) -> list[str]:
    """Return the words of a text's page in both languages."""
    languages = ({"Accept-Language": one} for one in ("ja", "en"))
    return [words(await text(browser, PATHS[name], **one), aside) for one in languages]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_what_is_exported_may_be_saved_as_it_is(
    browser: Browser, name: str, locale: str
) -> None:
    found = exported(browser.client.app[TEMPLATE_ENVIRONMENT], name, locale)
    blocks.check(found, BLOCKS, FIGURES)
    assert "{{" not in found
    assert "{%" not in found


async def test_figures_follow_the_settings(open_browser: Open, database: Database) -> None:
    async with database.transaction() as tx:
        await save(tx, (await make_user(database)).id, "faq", "{cancel_hours}時間前まで。")
    for hours in (12, 5):
        assert f"{hours}時間前まで。" in await text(await open_browser(cancel_hours=hours), "/faq")


async def test_parts_of_doors_that_are_closed_are_not_there(
    open_browser: Open, database: Database
) -> None:
    body = "いつも\n\n{#telephone}\n電話あり\n{/telephone}\n{^telephone}\n電話なし\n{/telephone}"
    async with database.transaction() as tx:
        await save(tx, (await make_user(database)).id, "guide", body)
    closed = words(await text(await open_browser(telephone=False), "/guide"))
    opened = words(await text(await open_browser(telephone=True), "/guide"))
    assert (closed, opened) == ("いつも電話なし", "いつも電話あり")


@pytest.mark.parametrize("name", sorted(FIGURES))
async def test_every_figure_says_something(browser: Browser, name: str) -> None:
    class Wanted:
        app = browser.client.app

    facts = await drawing.facts_for(Wanted, "ja")  # type: ignore[arg-type]
    said = facts.figures(frozenset({name}))[name]
    # Not where nothing is sold, and not a picture in a client that was built without any.
    quiet = name.startswith(("payment_ways", "shot_")) or name in ("first_asks", "free_words")
    assert said or quiet
    assert isinstance(facts.holds(next(iter(BLOCKS))), bool)


async def test_every_block_holds_or_does_not(browser: Browser) -> None:
    class Wanted:
        app = browser.client.app

    facts = await drawing.facts_for(Wanted, "ja")  # type: ignore[arg-type]
    for name in BLOCKS:
        assert facts.holds(name) in (True, False)


async def test_no_secret_has_a_name() -> None:
    assert not [
        one for one in FIGURES | BLOCKS if re.search("secret|stripe_|_url|password|smtp", one)
    ]


async def both(tx: Tx, staff_id: int) -> None:
    """One version that holds, and one for later."""
    await save_at(tx, staff_id, -1, body="いまの規約", body_en="Terms of today")
    await save_at(tx, staff_id, 5, body="先の規約", summary_ja="料金が変わります。", to_agree=True)


async def test_what_is_announced_can_be_read_before(browser: Browser, database: Database) -> None:
    async with database.transaction() as tx:
        await both(tx, (await make_user(database)).id)
    page = await text(browser, "/terms")
    assert "いまの規約" in page
    assert "料金が変わります。" in page
    assert "/terms/versions/2" in page
    assert "先の規約" not in page
    later = await text(browser, "/terms/versions/2")
    assert "先の規約" in later
    assert "いま有効な版ではありません。" in later
    for path in ("/terms/versions/3", "/privacy/versions/1", "/faq/versions/1"):
        assert (await browser.get(path)).status == 404


async def test_each_language_has_its_own(browser: Browser, database: Database) -> None:
    async with database.transaction() as tx:
        await save(tx, (await make_user(database)).id, "faq", "日本語だけ")
    assert "日本語だけ" in await text(browser, "/faq")
    assert "日本語だけ" not in await text(browser, "/faq", **EN)
