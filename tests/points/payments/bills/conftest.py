"""Somebody who owes."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.points.payments.bills.counter import Counter
from tests.points.payments.conftest import Shop, fake, shop, stripe_settings
from tests.world import TAB

__all__ = ["fake", "shop", "stripe_settings"]


@pytest.fixture
def counter(shop: Shop, owner_database: Database, stripe_settings: Settings) -> Counter:
    """A member of a site with a tab, who owes nothing yet."""
    return Counter(
        shop,
        owner_database,
        stripe_settings.model_copy(update=TAB),
    )
