"""The page for an operator's words in every mail."""

from foundation.database import Database
from notify import frames
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff

PAGE = "/staff/texts/mail"
FORM = {
    "do": "save", "base_ja": "0", "base_en": "0", "opening_ja": "いつもどうも",
    "closing_ja": "運営",
    "opening_en": "Hello", "closing_en": "",
}  # fmt: skip


async def test_one_previews_saves_and_learns_of_others(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_staff(database), database)
    page = await (await browser.post(PAGE, FORM | {"do": "preview"})).text()
    assert "こちらは見本です" in page
    assert page.count("いつもどうも") == 2
    async with database.transaction() as tx:
        assert (await frames.read(tx, "ja")).number == 0
    assert (await browser.post(PAGE, FORM)).status == 303
    again = await browser.post(PAGE, FORM | {"opening_ja": "べつの"})
    page = await again.text()
    assert again.status == 409
    assert "いつもどうも" in page
    assert "べつの" in page
    async with database.transaction() as tx:
        assert (await frames.read(tx, "ja")).opening == "いつもどうも"
    assert (await browser.post(PAGE, FORM | {"opening_en": "a" * 501})).status == 422
