"""The versions of the site's own texts: which holds, which there are, and saving one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from record.acts import log_act
from record.texts.rules import WrittenText
from record.texts.tables import site_texts

# The latest that are listed; older ones stay, and can be looked at by their number.
MOST_LISTED = 100
MOST_DAYS_AHEAD = 366


@dataclass(frozen=True)
class Version:
    """One version of a text; a body is None where the shipped text stands in its language."""

    id: int
    name: str
    number: int
    body_ja: str | None
    body_en: str | None
    summary_ja: str
    summary_en: str
    to_agree: bool
    holds_from: datetime
    made_at: datetime

    def body(self, locale: str) -> str | None:
        """The operator's own text in a language."""
        return self.body_ja if locale == "ja" else self.body_en

    def summary(self, locale: str) -> str:
        """What changed, in a language, or else in Japanese."""
        return (self.summary_en if locale != "ja" else "") or self.summary_ja

    @property
    def hash(self) -> str:
        """What the log names it by: SHA-256 of both bodies."""
        whole = "\x00".join(one or "" for one in (self.body_ja, self.body_en))
        return sha256(whole.encode()).hexdigest()


@dataclass(frozen=True)
class Listed:
    """A version in the list of them, without its text; `state` is before, holds or ahead."""

    number: int
    summary_ja: str
    to_agree: bool
    holds_from: datetime
    made_at: datetime
    maker: str
    own_ja: bool
    own_en: bool
    agreed: int
    state: str


_COLUMNS = [site_texts.c[name] for name in Version.__dataclass_fields__]
_NOW = sa.func.clock_timestamp()
_LATEST = (site_texts.c.holds_from.desc(), site_texts.c.number.desc())

_LIST = sa.text("""
SELECT t.number, t.summary_ja, t.to_agree, t.holds_from, t.made_at, u.nickname AS maker,
  t.body_ja IS NOT NULL AS own_ja, t.body_en IS NOT NULL AS own_en,
  (SELECT count(*) FROM text_agreements a WHERE a.text_id = t.id) AS agreed,
  CASE WHEN t.holds_from > clock_timestamp() THEN 'ahead'
    WHEN row_number() OVER (PARTITION BY t.holds_from > clock_timestamp()
      ORDER BY t.holds_from DESC, t.number DESC) = 1 THEN 'holds'
    ELSE 'before' END AS state
FROM site_texts t JOIN users u ON u.id = t.made_by
WHERE t.name = :name ORDER BY t.number DESC LIMIT :most
""")


async def holding(tx: Tx, name: str) -> Version | None:
    """Return the version that holds now; None where the operator never wrote one."""
    query = sa.select(*_COLUMNS).where(site_texts.c.name == name, site_texts.c.holds_from <= _NOW)
    row = (await tx.execute(query.order_by(*_LATEST).limit(1))).mappings().one_or_none()
    return Version(**row) if row else None


async def ahead(tx: Tx, name: str) -> Version | None:
    """Return the version that holds next, where one is to."""
    query = sa.select(*_COLUMNS).where(site_texts.c.name == name, site_texts.c.holds_from > _NOW)
    soonest = (site_texts.c.holds_from, site_texts.c.number.desc())
    row = (await tx.execute(query.order_by(*soonest).limit(1))).mappings().one_or_none()
    return Version(**row) if row else None


async def find(tx: Tx, name: str, number: int) -> Version | None:
    """Return one version."""
    query = sa.select(*_COLUMNS).where(site_texts.c.name == name, site_texts.c.number == number)
    row = (await tx.execute(query)).mappings().one_or_none()
    return Version(**row) if row else None


async def listed(tx: Tx, name: str) -> list[Listed]:
    """Return the versions of a text, the latest saved first."""
    rows = await tx.execute(_LIST, {"name": name, "most": MOST_LISTED})
    return [Listed(**row) for row in rows.mappings()]


async def latest_number(tx: Tx, name: str) -> int:
    """Return the number of the version that was saved last; 0 where there is none."""
    query = sa.select(sa.func.coalesce(sa.func.max(site_texts.c.number), 0))
    return int(await tx.scalar(query.where(site_texts.c.name == name)) or 0)


async def save(
    tx: Tx, written: WrittenText, *, base: int, holds_from: datetime | None, actor_id: int
) -> Version:
    """Save a version of a text, which holds from a moment ahead, or at once (None).

    `base` is the number of the latest version that its writer had before them. Raises UserError
    `text_changed` (409) where somebody has saved another since, `holds_in_past` and
    `holds_too_late` (422).
    """
    await locks.lock_word(tx, site_texts.name, written.name)
    before = await _saved_last(tx, written.name)
    if (before.number if before else 0) != base:
        raise UserError(
            "text_changed",
            N_("ほかの管理者が先に保存しました。変更を見くらべてから、もう一度保存してください。"),
        )
    now = await clock(tx)
    made = (
        sa.insert(site_texts)
        .values(vars(written) | {"number": base + 1, "holds_from": _moment(holds_from, now)})
        .values(made_by=actor_id)
        .returning(*_COLUMNS)
    )
    saved = Version(**(await tx.execute(made)).mappings().one())
    await _log(tx, actor_id, before, saved)
    return saved


async def _saved_last(tx: Tx, name: str) -> Version | None:
    return await find(tx, name, await latest_number(tx, name))


def _moment(holds_from: datetime | None, now: datetime) -> datetime:
    if holds_from is None:
        return now
    if holds_from <= now:
        raise UserError(
            "holds_in_past", N_("適用の日は、あしたからの日をお選びください。"), status=422
        )
    if holds_from > now + timedelta(days=MOST_DAYS_AHEAD):
        raise UserError("holds_too_late", N_("適用の日は、1年先までです。"), status=422)
    return holds_from


async def _log(tx: Tx, actor_id: int, before: Version | None, saved: Version) -> None:
    await log_act(
        tx,
        actor_id,
        "text.save",
        f"text:{saved.name}",
        reason=saved.summary_ja or f"v{saved.number}",
        before={"version": before.number, "sha256": before.hash} if before else None,
        after={
            "version": saved.number,
            "sha256": saved.hash,
            "holds_from": saved.holds_from.isoformat(),
            "to_agree": saved.to_agree,
        },
    )
