"""A round of the clock that charges saved cards for bills, and may be killed while it does.

python -m tests.points.payments.bills.round DATABASE_URL STRIPE_URL
"""

import asyncio
import sys

from foundation.database import Database
from foundation.settings import Settings
from points.payments.bills import by_itself, takings
from points.payments.wire.gateway import StripeGateway
from tests.points.payments.fake_stripe import KEY, SECRET


async def once(url: str, base: str) -> None:
    """Charge what is due, and take over what has arrived."""
    settings = Settings(
        stripe_secret_key=KEY,
        stripe_publishable_key="pk_test_fake",
        stripe_webhook_secret=SECRET,
        stripe_api_base=base,
    )
    database, gateway = Database(url, pool_size=1), StripeGateway(settings)
    await by_itself.collect(database, gateway, None)
    await takings.take_over(database, gateway)


if __name__ == "__main__":
    asyncio.run(once(sys.argv[1], sys.argv[2]))
