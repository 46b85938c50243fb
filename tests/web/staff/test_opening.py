"""The steps to an open site: what an administrator tries there is really tried, and is kept."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from record import opening
from tests.notify.mail_server import MailServer
from tests.points.payments.fake_stripe import FakeStripe
from tests.readiness.conftest import filled, mailing, post, selling, stripe
from tests.readiness.test_trials import tell
from tests.web.conftest import Open
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff

__all__ = ["post", "stripe"]


@pytest.fixture
async def administrator(
    open_browser: Open,
    owner_database: Database,
    database: Database,
    settings: Settings,
    post: MailServer,
    stripe: FakeStripe,
) -> Browser:
    """An administrator of a site that isn't open, with a mail server and a payment provider."""
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM site_opening"))
    ready = filled(settings, **mailing(post), **selling(stripe))
    changed: dict[str, Any] = {name: getattr(ready, name) for name in type(ready).model_fields}
    browser = await open_browser(**changed)
    await browser.sign_in(await make_staff(database, "administrator"), database)
    return browser


async def acts(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list(await tx.scalars(sa.text("SELECT act FROM staff_acts ORDER BY id")))


async def test_the_page_shows_each_line_with_what_to_do(administrator: Browser) -> None:
    page = await (await administrator.get("/staff/opening")).text()
    for words in (
        "公開までの準備",
        "特定商取引法に基づく表記",
        "テストメールを送る",
        "届出を済ませました",
    ):
        assert words in page
    assert "HITOTOKI_TURN_URLS" in page


async def test_a_test_mail_is_sent_to_whom_one_says(
    administrator: Browser, database: Database, post: MailServer
) -> None:
    answer = await administrator.post("/staff/opening/try/mail", {"to": "me@example.jp"})
    assert answer.headers["Location"] == "/staff/opening?tried=mail"
    assert post.recipients == [["me@example.jp"]]
    assert "me@example.jp" in await (await administrator.get("/staff/opening")).text()
    assert "opening.try" in await acts(database)


async def test_no_more_than_so_many_mails_are_sent(
    administrator: Browser, monkeypatch: pytest.MonkeyPatch, post: MailServer
) -> None:
    monkeypatch.setattr("web.pages.staff.running.steps.TRIES_AN_HOUR", 1)
    for status in (303, 429):
        answer = await administrator.post("/staff/opening/try/mail", {"to": "me@example.jp"})
        assert answer.status == status
    assert len(post.taken) == 1


async def test_an_event_asked_for_is_shown_once_it_came(
    administrator: Browser, stripe: FakeStripe
) -> None:
    await administrator.post("/staff/opening/try/payment_event", {})
    assert "まだ届いていません" in await (await administrator.get("/staff/opening")).text()
    (intent,) = stripe.intents.values()
    event = stripe.event("payment_intent.canceled", intent)
    # The provider is a stranger, and gets through though the site isn't open.
    assert await tell(administrator.client, event) == "200"
    assert (
        "署名の正しい通知が届きました" in await (await administrator.get("/staff/opening")).text()
    )


async def test_the_law_is_ticked_and_unticked_and_both_are_logged(
    administrator: Browser, database: Database
) -> None:
    for ticked, state in (("1", "done"), ("0", "failed")):
        await administrator.post("/staff/opening/tick/telecom", {"ticked": ticked})
        async with database.transaction() as tx:
            assert (await opening.steps(tx))["telecom"].state == state
    assert await acts(database) == ["opening.tick", "opening.untick"]


async def test_what_was_ticked_is_still_so_at_the_next_visit(administrator: Browser) -> None:
    await administrator.post("/staff/opening/tick/telecom", {"ticked": "1"})
    assert (
        "届出を済ませたと、確認されています"
        in await (await administrator.get("/staff/opening")).text()
    )


async def test_once_all_is_seen_to_it_opens_for_everyone_at_once(
    administrator: Browser, database: Database
) -> None:
    """And not before; the act stands in the log, and a stranger comes in."""
    assert (await administrator.post("/staff/opening", {"reason": "よい日なので"})).status == 409
    await administrator.post("/staff/opening/try/mail", {"to": "me@example.jp"})
    await administrator.post("/staff/opening/tick/telecom", {"ticked": "1"})
    assert "必要な準備は整っています" in await (await administrator.get("/staff/opening")).text()
    answer = await administrator.post("/staff/opening", {"reason": "よい日なので"})
    assert answer.headers["Location"] == "/staff/opening?tried=open"
    assert (await acts(database))[-1] == "site.open"
    administrator.client.session.cookie_jar.clear()
    assert (await administrator.get("/")).status == 200
    assert (await administrator.get("/sign-up")).status == 200


async def test_an_opening_without_a_reason_is_none(administrator: Browser) -> None:
    assert (await administrator.post("/staff/opening", {"reason": " "})).status == 400
