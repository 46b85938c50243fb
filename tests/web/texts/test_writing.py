"""An administrator writes the site's texts: previewed, refused by name, saved as versions."""

import re

from foundation.database import Database
from record.texts import versions
from record.texts.tables import MOST_CHARACTERS
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff

PAGE = "/staff/texts/faq"


async def administrator(browser: Browser, database: Database) -> None:
    """Let an administrator use a browser."""
    await browser.sign_in(await make_staff(database), database)


def form(body: str = "## 題\n\n{cancel_hours}時間", **more: str) -> dict[str, str]:
    """A text as its page sends it."""
    given = {
        "base": "0", "do": "save", "own_ja": "1", "body_ja": body, "body_en": "", "day": "",
        "summary_ja": "", "summary_en": "",
    }  # fmt: skip
    return given | more


async def saved(database: Database, name: str = "faq") -> int:
    """Return how many versions of a text there are."""
    async with database.transaction() as tx:
        return await versions.latest_number(tx, name)


async def test_one_begins_with_the_shipped_text(browser: Browser, database: Database) -> None:
    await administrator(browser, database)
    page = await (await browser.get("/staff/texts/terms")).text()
    assert "## 第1条" in page
    assert "{cancel_hours}" in page
    assert "{#telephone}" in page
    assert "はじめの文章のままです" in await (await browser.get("/staff/texts")).text()


async def test_a_preview_is_what_the_public_will_read(browser: Browser, database: Database) -> None:
    await administrator(browser, database)
    text = "## 題 {@top}\n\n**{cancel_hours}**時間まで <b>x</b>\n\n- [あ](/faq)\n"
    page = await (await browser.post(PAGE, form(text, do="preview"))).text()
    assert await saved(database) == 0
    assert (await browser.post(PAGE, form(text))).status == 303
    public = await (await browser.get("/faq")).text()
    [shown] = re.findall(r'<div class="marked">\s*(.*?)\s*</div>', public, re.DOTALL)
    [previewed] = re.findall(r'<div class="marked" lang="ja">\s*(.*?)\s*</div>', page, re.DOTALL)
    assert shown == previewed
    assert "<strong>12</strong>" in shown
    assert "&lt;b&gt;" in shown


async def test_what_is_wrong_is_told_by_name_and_nothing_is_lost(
    browser: Browser, database: Database
) -> None:
    await administrator(browser, database)
    for text, words in (
        ("{nothing_like_it}日", "「{nothing_like_it}」という数値はありません"),
        ("{#telephone}あ", "「telephone」の条件が閉じられていません"),
        ("{#secret}あ{/secret}", "「{#secret}」という条件はありません"),
        (">" * 10_000 + "あ", "入れ子が深すぎます"),
        ("う" * (MOST_CHARACTERS + 1), "100,000文字まで"),
        ("見え\u200bない", "U+200B"),
        ("", "本文を入力してください"),
    ):
        answer = await browser.post(PAGE, form(text))
        page = (await answer.text()).replace("&gt;", ">")
        assert answer.status == 422, text[:20]
        assert words in page, words
        assert text.replace("\u200b", "") in page.replace("\u200b", "")
    assert await saved(database) == 0


async def test_the_greatest_text_fits(browser: Browser, database: Database) -> None:
    await administrator(browser, database)
    text = ("字" * 999 + "\n") * 99 + "字" * 999
    sent = form(text, own_en="1", body_en=text)
    assert (await browser.post(PAGE, sent)).status == 303
    assert await saved(database) == 1


async def test_of_two_administrators_the_second_sees_the_first(
    browser: Browser, database: Database
) -> None:
    await administrator(browser, database)
    assert (await browser.post(PAGE, form("ひとりめ"))).status == 303
    answer = await browser.post(PAGE, form("ふたりめ"))
    page = await answer.text()
    assert answer.status == 409
    assert "ほかの管理者が先に保存しました" in page
    assert "ふたりめ" in page
    assert f"{PAGE}/versions/1" in page
    assert await saved(database) == 1
    assert "ひとりめ" in await (await browser.get(f"{PAGE}/versions/1")).text()
    [base] = re.findall(r'name="base" value="(\d+)"', page)
    assert (await browser.post(PAGE, form("ふたりめ", base=base))).status == 303
    changes = await (await browser.get(f"{PAGE}/versions/2")).text()
    assert "<del>ひとりめ</del>" in changes
    assert "<ins>ふたりめ</ins>" in changes


async def test_a_day_is_ahead_and_an_agreement_is_explained(
    browser: Browser, database: Database
) -> None:
    await administrator(browser, database)
    page = "/staff/texts/terms"
    for more in ({"day": "2020-01-01"}, {"day": "soon"}, {"to_agree": "1"}):
        assert (await browser.post(page, form(**more))).status == 422, more
    assert await saved(database, "terms") == 0
    agreed = {"to_agree": "1", "summary_ja": "料金"}
    assert (await browser.post(page, form(**agreed))).status == 303
    assert "同意 0人" in await (await browser.get(page)).text()


async def test_the_shipped_text_can_come_back(browser: Browser, database: Database) -> None:
    await administrator(browser, database)
    await browser.post(PAGE, form("わたしの答え"))
    assert "わたしの答え" in await (await browser.get("/faq")).text()
    back = {one: two for one, two in form("x", base="1").items() if one != "own_ja"}
    assert (await browser.post(PAGE, back)).status == 303
    assert "登録にお金はかかりますか" in await (await browser.get("/faq")).text()


async def test_to_others_it_is_not_there(browser: Browser, database: Database) -> None:
    for role in ("support", "finance"):
        await browser.sign_in(await make_staff(database, role), database)
        for path in ("/staff/texts", PAGE, f"{PAGE}/versions/1"):
            assert (await browser.get(path)).status == 404
        assert (await browser.post(PAGE, form())).status == 404
    assert await saved(database) == 0
