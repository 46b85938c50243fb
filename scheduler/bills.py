"""The verbs of the clock about bills of the tab: telling of them, and having them paid."""

from points.payments.bills import by_itself, comparing, takings, telling
from points.payments.bills.told import BillHouse
from points.payments.opening import open_stripe, open_teller
from points.payments.provider import ProviderError
from scheduler.errands import REMINDERS_AT_ONCE, Tools, log, until_none


async def tell_of_bills(tools: Tools) -> None:
    """Tell people what a talk or reservation on the tab came to. What was begun before the site
    ceased to allow it is billed, and so told, too."""
    await until_none(tools, lambda tx: telling.tell(tx, tools.settings, REMINDERS_AT_ONCE))


async def remind_of_bills(tools: Tools) -> None:
    """Remind people of bills past their day. Also where no new ones are made any more."""
    await until_none(tools, lambda tx: telling.remind(tx, tools.settings, REMINDERS_AT_ONCE))


async def collect_bills(tools: Tools) -> None:
    """Charge the saved cards of those who want that for their new bills."""
    async with open_teller(tools.settings, tools.database) as provider:
        if provider is not None:
            await by_itself.collect(tools.database, provider, tools.settings.public_url)


async def take_transfers(tools: Tools) -> None:
    """Take over what payers sent by their bank, from their account at the provider."""
    async with open_teller(tools.settings, tools.database) as provider:
        if provider is not None:
            await takings.take_over(tools.database, provider)


async def compare_bills(tools: Tools) -> None:
    """Find what payers sent by their bank, and no event told."""
    async with open_stripe(tools.settings) as provider:
        if provider is None:
            return
        try:
            house = BillHouse(provider.name, tools.settings.public_url)
            await comparing.compare_transfers(tools.database, house, provider)
        except ProviderError as error:
            # Staff were told.
            log.warning("bills.not_compared", problem=error.problem)
