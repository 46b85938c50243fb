"""A site that is no demo, and what it speaks with."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from foundation.database import Database
from foundation.settings import SELLER, Settings
from readiness import checks
from readiness.checks import CheckLine
from readiness.ground import newest_migration
from tests.notify.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.points.payments.fake_stripe import KEY, SECRET, FakeStripe, running

__all__ = ["PASSWORD", "USER"]


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    """A mail server."""
    async with mail_server() as served:
        yield served


@pytest.fixture
async def stripe() -> AsyncIterator[FakeStripe]:
    """A payment provider."""
    async with running() as started:
        yield started


@pytest.fixture
def bare(settings: Settings) -> Settings:
    """A site that is no demo, of which nobody has set anything."""
    return settings.model_copy(update={"demo": False})


def filled(settings: Settings, **more: Any) -> Settings:
    """Return settings to which nothing is missing, apart from what speaks with others."""
    said: dict[str, Any] = dict.fromkeys(SELLER, "ひととき株式会社")
    made = Settings(
        secret_key="a key of thirty-two characters and more",
        public_url="http://127.0.0.1:9",
        terms_since=date(2026, 12, 1),
        **said | more,
    )
    named = {name: getattr(made, name) for name in made.model_fields_set}
    return settings.model_copy(update={"demo": False, **named})


def selling(stripe: FakeStripe) -> dict[str, Any]:
    """Return the settings of a site that sells by a fake provider."""
    return {
        "stripe_secret_key": KEY,
        "stripe_publishable_key": "pk_test_fake",
        "stripe_webhook_secret": SECRET,
        "stripe_api_base": stripe.base,
    }


def mailing(post: MailServer) -> dict[str, Any]:
    """Return the settings of a site that sends by a mail server of the test's."""
    return {
        "smtp_url": f"smtp://127.0.0.1:{post.port}",
        "mail_from": "ひととき <no-reply@talk.example>",
    }


async def found(settings: Settings, database: Database) -> dict[str, CheckLine]:
    """Make every check, and return what each found by its key."""
    look = await checks.look_at(settings, database, newest_migration())
    return {line.check.key: line for line in await checks.walk(look)}
