"""A first start that is no demo: an administrator is led from an empty site to an open one.

The mail server and the payment provider are doubles that speak their protocols.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pyotp
import pytest
from playwright.async_api import Browser, expect

from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from tests.browser.person import Person
from tests.browser.site import ROOT, Site
from tests.browser.test_accessibility import Inspector
from tests.conftest import TEMPLATE, Owner, copy_of
from tests.notify.mail_server import MailServer, mail_server
from tests.points.payments.fake_stripe import KEY, SECRET, FakeStripe, running
from tests.readiness.test_trials import tell

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

EMAIL = "owner@example.jp"
SELLER = {
    f"HITOTOKI_SELLER_{name}": said
    for name, said in {
        "NAME": "株式会社こかげ", "PERSON": "木陰 はな", "ADDRESS": "〒100-0001 東京都千代田区1-1",
        "PHONE": "03-0000-0000", "EMAIL": "info@example.jp", "HOURS": "平日10:00〜17:00",
    }.items()
}  # fmt: skip


class ServedSite(Site):
    """One `serve` process: a site that is no demo."""

    async def _launch(self) -> asyncio.StreamReader:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "serve", "--port", str(self.port)),
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert self.process.stdout
        return self.process.stdout


@dataclass
class FirstStart:
    """A site that nobody has opened, its administrator's password, and whom it speaks with."""

    site: Site
    password: str
    post: MailServer
    stripe: FakeStripe


@pytest.fixture
def empty(postgres: EmbeddedPostgres, server_owner: Owner) -> Iterator[str]:
    """The name of a database in which nobody has been."""
    with copy_of(server_owner, TEMPLATE) as name:
        with psycopg.connect(postgres.url(OWNER, name)) as owner:
            owner.execute("DELETE FROM site_opening")
        yield name


@asynccontextmanager
async def first_start(url: str, folder: Path) -> AsyncIterator[FirstStart]:
    """Start the site as docs/operating.md tells."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with mail_server() as post, running() as stripe:
        said = {
            **SELLER,
            "HITOTOKI_DATABASE_URL": url,
            "HITOTOKI_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HITOTOKI_SECRET_KEY": "a key of thirty-two characters and more",
            "HITOTOKI_TERMS_SINCE": "2026-12-01",
            "HITOTOKI_SMTP_URL": f"smtp://127.0.0.1:{post.port}",
            "HITOTOKI_MAIL_FROM": "こかげ <no-reply@example.jp>",
            "HITOTOKI_STRIPE_SECRET_KEY": KEY,
            "HITOTOKI_STRIPE_PUBLISHABLE_KEY": "pk_test_fake",
            "HITOTOKI_STRIPE_WEBHOOK_SECRET": SECRET,
            "HITOTOKI_STRIPE_API_BASE": stripe.base,
            "HITOTOKI_DATA": str(folder),
        }
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **said}
        password = await make_administrator(environment)
        site = ServedSite(environment, port=port)
        await site.run()
        try:
            yield FirstStart(site, password, post, stripe)
        finally:
            await site.stop()


async def make_administrator(environment: dict[str, str]) -> str:
    """Let the console make the first administrator; return the password that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "admin", "create", EMAIL),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().rpartition("Password: ")[2].strip()


async def come_in(person: Person, password: str) -> None:
    """Sign in from the closed page, and set up the second factor that staff need."""
    page = person.page
    await page.get_by_role("link", name="スタッフの方のサインイン").click()
    await page.locator("#email, [name=email], [name=name]").first.fill(EMAIL)
    await page.locator("[name=password]").first.fill(password)
    await page.locator("form:has([name=password]) button:not([type=button])").first.click()
    await page.wait_for_url(lambda url: "/sign-in" not in url)
    await page.goto(f"{person.base}/staff")
    form = page.locator("form[action='/settings/second-factor/app']")
    await form.locator("[name=password]").fill(password)
    await form.get_by_role("button", name="認証アプリを登録する").click()
    secret = await page.locator("#secret").input_value()
    await page.locator("#code").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    await page.get_by_role("button", name="確認して登録する").click()
    await page.locator("#codes").wait_for()
    await page.goto(f"{person.base}/staff")
    await page.get_by_role("heading", name="公開までの準備").wait_for()


def line(person: Person, key: str) -> Any:
    """One line of the list."""
    return person.page.locator(f".checks > #{key}")


async def try_mail(person: Person, start: FirstStart) -> None:
    await line(person, "mail").get_by_label("テストメールの宛先").fill("me@example.jp")
    await line(person, "mail").get_by_role("button", name="テストメールを送る").click()
    await expect(line(person, "mail")).to_have_attribute("data-state", "ok")
    assert ["me@example.jp"] in start.post.recipients


async def try_event(person: Person, start: FirstStart) -> None:
    await person.page.get_by_role("button", name="Stripeから通知を受け取ってみる").click()
    await expect(line(person, "payment_event")).to_contain_text("まだ届いていません")
    (intent,) = start.stripe.intents.values()
    async with aiohttp.ClientSession(start.site.url) as stripe:
        event = start.stripe.event("payment_intent.canceled", intent)
        assert await tell(stripe, event) == "200"
    await person.page.get_by_role("link", name="届いたか確かめる").click()
    await expect(line(person, "payment_event")).to_have_attribute("data-state", "ok")


async def finds_it_closed(stranger: Person) -> None:
    closed = stranger.page.get_by_role("heading", name="ただいま準備中です")
    await expect(closed).to_be_visible()


async def test_an_administrator_is_led_to_an_open_site(
    browser: Browser,
    postgres: EmbeddedPostgres,
    empty: str,
    tmp_path: Path,
) -> None:
    async with first_start(postgres.url(APP_ROLE, empty), tmp_path / "data") as start:
        inspector = Inspector(start.site.url)
        stranger = await Person.visit(browser, start.site.url)
        await finds_it_closed(stranger)
        await inspector.look(stranger.page, "a site that isn't open")
        person = await Person.visit(browser, start.site.url)
        await come_in(person, start.password)
        await expect(line(person, "public_url")).to_have_attribute("data-state", "ok")
        await expect(person.page.get_by_role("button", name="サイトを公開する")).to_have_count(0)
        await inspector.look(person.page, "the steps to an open site")
        await try_mail(person, start)
        await try_event(person, start)
        await person.page.get_by_role("button", name="届出を済ませました").click()
        await expect(line(person, "telecom")).to_have_attribute("data-state", "ok")
        await inspector.look(person.page, "all steps made")
        await stranger.page.reload()
        await finds_it_closed(stranger)
        await person.page.get_by_role("button", name="サイトを公開する").click()
        await expect(person.page.get_by_role("status")).to_contain_text("サイトを公開しました")
        await stranger.page.goto(f"{start.site.url}/sign-up")
        await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("新規登録")
        assert person.problems == []
        assert inspector.found == []
