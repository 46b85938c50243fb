"""What stands above and below every mail, and whom it comes from: the site's name and accent.

What an operator made of the site is kept a floor beside this one (`record.site`); of its table only
this is read here, where the mail is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import DEFAULT, N_, translate

NAME = N_("ひととき")


@dataclass(frozen=True)
class Letterhead:
    """A site's names by language (None: the house's own), and the colours of a mail's button: its
    ground in light and in dark, and what is written on the dark one."""

    names: Mapping[str, str] | None = None
    light: str = "#b9501a"
    dark: str = "#e8853f"
    dark_ink: str = "#1b1815"

    def name(self, locale: str) -> str:
        """What the site is called in a mail's language."""
        if self.names is None:
            return translate(locale, NAME)
        return self.names.get(locale) or self.names[DEFAULT]


HOUSE = Letterhead()

_HEAD = sa.text("""
SELECT kind, value FROM site_particulars
WHERE kind IN ('name', 'accent', 'sender') AND value IS NOT NULL""")


async def read(tx: Tx) -> Letterhead:
    """Return the letterhead of mails that are written now."""
    kept = {row.kind: row.value for row in await tx.execute(_HEAD)}
    colour = kept.get("accent")
    if colour is None:
        return Letterhead(kept.get("name"))
    return Letterhead(kept.get("name"), colour["colour"], colour["dark"], colour["dark_ink"])


async def sender(tx: Tx) -> str | None:
    """Return the name that mails come from; None: the one in the settings."""
    kept = {row.kind: row.value for row in await tx.execute(_HEAD)}
    if "sender" in kept:
        return str(kept["sender"]["name"])
    return str(kept["name"][DEFAULT]) if "name" in kept else None
