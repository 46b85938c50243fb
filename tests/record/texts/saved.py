"""Versions of texts, saved by tests as an administrator would, or with a moment of their own."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx, clock
from record.texts import versions
from record.texts.rules import WrittenText
from record.texts.tables import site_texts
from record.texts.versions import Version


def written(name: str = "terms", body: str | None = "## 第1条\n\n本文", **more: Any) -> WrittenText:
    """Return a text as a form would bring it."""
    given: dict[str, Any] = {
        "body_ja": body, "body_en": None, "summary_ja": "", "summary_en": "", "to_agree": False,
    }  # fmt: skip
    return WrittenText(name, **(given | more))


async def save(
    tx: Tx, actor_id: int, name: str = "terms", body: str | None = "本文", **more: Any
) -> Version:
    """Save a version that holds at once, on top of those that there are."""
    base = await versions.latest_number(tx, name)
    asked = {"summary_ja": "料金を変えます。"} if more.get("to_agree") else {}
    text = written(name, body, **(asked | more))
    return await versions.save(tx, text, base=base, holds_from=None, actor_id=actor_id)


async def save_at(tx: Tx, actor_id: int, days: float, name: str = "terms", **more: Any) -> int:
    """Write a version that holds from so many days from now (before now: negative); its id."""
    values = vars(written(name, **more)) | {"made_by": actor_id}
    values["number"] = await versions.latest_number(tx, name) + 1
    values["holds_from"] = await clock(tx) + timedelta(days=days)
    if values["to_agree"]:
        values["summary_ja"] = values["summary_ja"] or "料金を変えます。"
    made = await tx.scalar(sa.insert(site_texts).values(values).returning(site_texts.c.id))
    assert made is not None
    return int(made)
