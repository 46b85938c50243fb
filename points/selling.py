"""Who sells talks, written down whenever the site's settings say something new."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed
from foundation.settings import Settings
from points.tables import purchases, selling_rules


@dataclass(frozen=True)
class SellingRule:
    """Who sells: the site under its name and number, or each cast (`seller`)."""

    seller: str
    tax_percent: int
    name: str | None
    address: str | None
    registration: str | None


async def note(tx: Tx, settings: Settings) -> bool:
    """Write down who sells from now on, unless that stands already; say whether it was new.

    Before anybody has bought points nothing is sold, and nothing is written.
    """
    if not await tx.scalar(sa.select(sa.exists().select_from(purchases))):
        return False
    rule = rule_of(settings)
    latest = sa.select(selling_rules).order_by(selling_rules.c.id.desc()).limit(1)
    row = (await tx.execute(latest)).mappings().one_or_none()
    if row is not None and typed(SellingRule, row) == rule:
        return False
    await tx.execute(sa.insert(selling_rules).values(**asdict(rule)))
    return True


def rule_of(settings: Settings) -> SellingRule:
    """Return who sells by these settings."""
    return SellingRule(
        settings.seller_of_talks,
        settings.tax_percent,
        settings.issuer_name,
        settings.issuer_address,
        settings.issuer_registration,
    )
