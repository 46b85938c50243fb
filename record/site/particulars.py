"""What a site is called and how it looks, as all pages and mails need it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import DEFAULT, N_, translate
from record.site.announcements import (
    Announcement,
    Maintenance,
    announcement_of,
    maintenance_of,
)
from record.site.colours import Accent, Shades, accent_of
from record.site.tables import site_particulars

NAME = N_("ひととき")
# The house's own accent; its shades in light and dark stand in web/client/style/tokens.css, too.
HOUSE_COLOUR = "#b14318"
HOUSE_ACCENT = Accent(
    Shades("#b14318", "#8f340f", "#ffffff", "#fbe9dd"),
    Shades("#f29268", "#f7ad8b", "#2b1207", "#42291c"),
)
LANGUAGES = ("ja", "en")
# The words that an operator may put in place of ours; each in both languages, or in none.
WORDS = ("hero", "lead", "footer")


@dataclass(frozen=True)
class Particulars:
    """A site's particulars; what is None is the house's own.

    `version` rises with every change, `versions` says the same of each kind. `words` are by name
    and language, as `hero_ja`. `logo` is its width and height in pixels, `shut` the doors that are.
    """

    version: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] | None = None
    colour: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    sender: str | None = None
    languages: tuple[str, ...] = LANGUAGES
    icon: bool = False
    logo: tuple[int, int] | None = None
    announcements: tuple[Announcement, ...] = ()
    maintenance: Maintenance | None = None
    shut: frozenset[str] = frozenset()

    def name(self, locale: str) -> str:
        """What the site is called in a language."""
        if self.names is None:
            return translate(locale, NAME)
        return self.names.get(locale) or self.names[DEFAULT]

    def word(self, name: str, locale: str) -> str | None:
        """The operator's own word for a place, in a language; None where ours stands."""
        return self.words.get(f"{name}_{locale}") or self.words.get(f"{name}_{DEFAULT}")

    @property
    def accent(self) -> Accent:
        """Its accent in all shades."""
        return accent_of(self.colour) if self.colour else HOUSE_ACCENT

    @property
    def own_mark(self) -> bool:
        """Whether the house's fruit is not this site's mark any more."""
        return self.icon or self.names is not None or self.colour is not None

    def told(self, now: datetime, audiences: Collection[str]) -> list[Announcement]:
        """The announcements that show now to somebody who is of these audiences."""
        return [one for one in self.announcements if one.shows(now, audiences)]

    def rests(self, now: datetime) -> bool:
        """Whether nothing new begins now."""
        return self.maintenance is not None and self.maintenance.begins <= now

    @property
    def mail_name(self) -> str | None:
        """Who mails come from, where that is not the setting's."""
        return self.sender or (self.names[DEFAULT] if self.names else None)


_ALL = sa.select(site_particulars.c.kind, site_particulars.c.value, site_particulars.c.version)


async def version(tx: Tx) -> int:
    """Return what rises with every change."""
    return int(await tx.scalar(sa.select(sa.func.sum(site_particulars.c.version))) or 0)


async def read(tx: Tx) -> Particulars:
    """Return a site's particulars as they are now."""
    rows = (await tx.execute(_ALL)).all()
    kept: dict[str, Any] = {row.kind: row.value for row in rows if row.value is not None}
    logo = kept.get("logo")
    return Particulars(
        version=sum(row.version for row in rows),
        versions={row.kind: row.version for row in rows},
        names=kept.get("name"),
        colour=kept.get("accent", {}).get("colour"),
        words=kept.get("words", {}),
        sender=kept.get("sender", {}).get("name"),
        languages=tuple(kept.get("languages", {}).get("offered", LANGUAGES)),
        icon="icon" in kept,
        logo=(logo["width"], logo["height"]) if logo else None,
        announcements=tuple(map(announcement_of, kept.get("announcements", {}).get("list", ()))),
        maintenance=maintenance_of(kept.get("maintenance")),
        shut=frozenset(kept.get("doors", {}).get("shut", ())),
    )
