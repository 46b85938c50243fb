"""How a purchase is to be charged, as it was wished for and as the provider came to take it."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from foundation.database import Tx
from points.payments.tables import checkouts
from points.payments.ways import USUAL, Method, Ways, known_methods

# As the table has it.
MOST_ATTEMPTS = 9


@dataclass(frozen=True)
class Occasion:
    """On what occasion somebody buys: the ways to pay of this moment, whether they are `staying`
    where they are (in a talk), whether they are `absent` and can't answer their bank, what tells
    the site from others, where they go on afterwards, and how many points they need there."""

    ways: Ways = USUAL
    staying: bool = False
    site: str | None = None
    back: str | None = None
    need: int | None = None
    absent: bool = False

    def methods(self, yen: int) -> tuple[Method, ...]:
        """Return the methods for a price."""
        return self.ways.for_price(yen, staying=self.staying)


@dataclass(frozen=True)
class PayWish:
    """How the provider is to be asked for a purchase, and where its buyer came from."""

    methods: tuple[Method, ...]
    saved_card: str | None = None
    save_card: bool = False
    customer: str | None = None
    site: str | None = None
    attempt: int = 0
    absent: bool = False
    back: str | None = None
    need: int | None = None

    @property
    def with_card(self) -> bool:
        """Whether the provider must know whose card it is."""
        return self.saved_card is not None or self.save_card


async def note(tx: Tx, purchase_id: int, wish: PayWish) -> None:
    """Note how a new purchase is to be charged."""
    await tx.execute(sa.insert(checkouts).values(purchase_id=purchase_id, **_values(wish)))


async def of(tx: Tx, purchase_id: int) -> PayWish:
    """Return how a purchase is to be charged; nothing special is known of one without a note."""
    query = sa.select(checkouts).where(checkouts.c.purchase_id == purchase_id)
    found = (await tx.execute(query)).mappings().one_or_none()
    if found is None:
        return PayWish(USUAL.methods)
    row = {name: value for name, value in found.items() if name != "purchase_id"}
    return PayWish(**row | {"methods": known_methods(row["methods"])})


async def change(tx: Tx, purchase_id: int, seen: PayWish, now: PayWish) -> None:
    """Change how a purchase is to be charged, unless somebody else has since it was seen."""
    await tx.execute(
        sa.update(checkouts)
        .where(
            checkouts.c.purchase_id == purchase_id,
            checkouts.c.attempt == seen.attempt,
            checkouts.c.customer.is_not_distinct_from(seen.customer),
        )
        .values(**_values(now))
    )


def _values(wish: PayWish) -> dict[str, object]:
    return asdict(wish) | {"methods": list(wish.methods)}
