"""A process that presses the button of the last page, and may be killed while it does.

python -m tests.points.payments.press DATABASE_URL STRIPE_URL USER
"""

import asyncio
import sys

from foundation.database import Database
from foundation.settings import Settings
from points.payments import purchases
from points.payments.checkout import open_payment
from points.payments.wire.gateway import StripeGateway
from tests.points.payments.fake_stripe import KEY, SECRET


async def press(url: str, base: str, user_id: int) -> None:
    """Order the smallest pack with the saved card."""
    database = Database(url, pool_size=1)
    settings = Settings(
        stripe_secret_key=KEY,
        stripe_publishable_key="pk_test_fake",
        stripe_webhook_secret=SECRET,
        stripe_api_base=base,
    )
    async with database.transaction() as tx:
        bought = await purchases.start(
            tx, user_id, 1, "press", shown="1000-0-1000", provider="stripe", with_saved_card=True
        )
    await open_payment(database, StripeGateway(settings), bought)
    print("answered", flush=True)


if __name__ == "__main__":
    asyncio.run(press(sys.argv[1], sys.argv[2], int(sys.argv[3])))
