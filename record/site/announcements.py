"""What an operator tells everybody, casts or staff in a bar on pages, and when the site rests."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import DEFAULT, N_
from record.site.tables import site_particulars
from record.site.texts import words_of

Audience = Literal["everyone", "casts", "staff"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
MOST, MOST_TEXT, MOST_LINK = 8, 200, 200
# A page of the site's own, or one elsewhere over HTTPS.
_LINK = re.compile(r"/(?![/\\])[^\s\\<>\"]*|https://[A-Za-z0-9.-]+(?:[/?#][^\s<>\"\\]*)?")


@dataclass(frozen=True)
class Announcement:
    """One announcement; `texts` by language, `link` leads on. It shows from `begins` to `ends`."""

    id: str
    audience: Audience
    texts: Mapping[str, str]
    link: str
    begins: datetime
    ends: datetime

    def text(self, locale: str) -> str:
        """What it says in a language."""
        return self.texts.get(locale) or self.texts[DEFAULT]

    def shows(self, now: datetime, audiences: Collection[str]) -> bool:
        """Say whether it stands on the pages of somebody who is of these audiences."""
        return self.begins <= now < self.ends and self.audience in audiences

    def kept(self) -> dict[str, Any]:
        """Return it as it is kept."""
        times = {"begins": self.begins.isoformat(), "ends": self.ends.isoformat()}
        named = {"id": self.id, "audience": self.audience, "link": self.link}
        return named | {"texts": dict(self.texts)} | times


@dataclass(frozen=True)
class Maintenance:
    """A rest of the site from a moment on, until it is ended; when that is expected to be."""

    begins: datetime
    until: datetime


def announcement_of(kept: Mapping[str, Any]) -> Announcement:
    """Return an announcement from what is kept of it."""
    begins, ends = (datetime.fromisoformat(kept[name]) for name in ("begins", "ends"))
    return Announcement(kept["id"], kept["audience"], kept["texts"], kept["link"], begins, ends)


def maintenance_of(kept: Mapping[str, str] | None) -> Maintenance | None:
    """Return a rest of the site from what is kept of it."""
    if kept is None:
        return None
    return Maintenance(*(datetime.fromisoformat(kept[name]) for name in ("from", "until")))


def written(
    audience: str, texts: Mapping[str, str], link: str, begins: datetime, ends: datetime
) -> Announcement:
    """Return a new announcement as it may stand.

    Raises UserError (422): as `words_of` does, `site_announcement_empty`, `site_link_malformed`
    and `site_times_crossed`.
    """
    said = {one: words_of(text, MOST_TEXT) for one, text in texts.items()}
    if audience not in AUDIENCES or not said[DEFAULT]:
        raise UserError(
            "site_announcement_empty", N_("お知らせの文を日本語で入力してください。"), status=422
        )
    link = link.strip()
    if link and not (len(link) <= MOST_LINK and _LINK.fullmatch(link)):
        raise UserError(
            "site_link_malformed",
            N_("リンクは、/ ではじまるページか、https:// ではじまるアドレスにしてください。"),
            status=422,
        )
    must_follow(begins, ends)
    kept = {one: text for one, text in said.items() if text}
    return Announcement(new_token()[:12], audience, kept, link, begins, ends)


def must_follow(begins: datetime, ends: datetime) -> None:
    """Refuse an end that isn't after its beginning: `site_times_crossed` (422)."""
    if ends <= begins:
        raise UserError(
            "site_times_crossed", N_("終わりは、始まりより後にしてください。"), status=422
        )


async def with_one_more(tx: Tx, one: Announcement) -> list[dict[str, Any]]:
    """Return what is to be kept with a new one; those that are over go.

    Raises UserError `site_announcements_full` (409).
    """
    now = await clock(tx)
    kept = [other for other in await every(tx) if other.ends > now]
    if len(kept) >= MOST:
        raise UserError(
            "site_announcements_full",
            N_("お知らせは%(most)s件までです。先に、要らないものを取り消してください。"),
            status=409,
            most=MOST,
        )
    return [other.kept() for other in (*kept, one)]


async def without(tx: Tx, announcement_id: str) -> list[dict[str, Any]]:
    """Return what is to be kept without one of them."""
    return [one.kept() for one in await every(tx) if one.id != announcement_id]


async def every(tx: Tx) -> list[Announcement]:
    """Return all that are kept, in the order in which they were written."""
    query = sa.select(site_particulars.c.value).where(site_particulars.c.kind == "announcements")
    kept = await tx.scalar(query)
    return [announcement_of(one) for one in (kept or {}).get("list", ())]
