"""Changing a site's particulars: the acts of administrators, each logged with before and after."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import DEFAULT, N_
from record.acts import log_act
from record.site import announcements
from record.site.announcements import Announcement, must_follow
from record.site.colours import accent_of, fits, is_colour, least_contrast, nearest_that_fits
from record.site.doors import DOORS
from record.site.particulars import LANGUAGES, WORDS
from record.site.tables import site_particulars, site_pictures
from record.site.texts import MOST_SENDER, MOST_WORDS, name_of, words_of

Value = Mapping[str, Any] | None


async def name_it(tx: Tx, names: Mapping[str, str], *, seen: int, actor_id: int) -> None:
    """Give the site a name in each language, or the house's again where all are empty.

    `seen` is the version that whoever changes it has looked at. Raises UserError as `name_of` does,
    and `site_changed_meanwhile` (409).
    """
    given = {locale: name_of(names[locale]) for locale in LANGUAGES if names[locale].strip()}
    if given and DEFAULT not in given:
        name_of("")
    await _change(tx, "name", given or None, seen=seen, actor_id=actor_id)


async def colour_it(tx: Tx, colour: str, *, seen: int, actor_id: int) -> None:
    """Give the site an accent; an empty one is the house's.

    Raises UserError `site_colour_unknown` (422), and `site_colour_unreadable` (422; contrast,
    least, nearest) for a colour in which text can't be read.
    """
    if colour and not is_colour(colour):
        raise UserError(
            "site_colour_unknown", N_("色は #b14318 のような形で入力してください。"), status=422
        )
    if colour and not fits(colour):
        raise UserError(
            "site_colour_unreadable",
            N_(
                "この色では、文字が読みにくくなります"
                "（コントラスト比 %(contrast)s、必要なのは4.5以上）。"
                "いちばん近い、読める色は %(nearest)s です。"
            ),
            status=422,
            contrast=f"{least_contrast(colour):.1f}",
            nearest=nearest_that_fits(colour),
        )
    value = _of_accent(colour) if colour else None
    await _change(tx, "accent", value, seen=seen, actor_id=actor_id)


def _of_accent(colour: str) -> Value:
    # Mails, which are written elsewhere, need what dark programs show.
    dark = accent_of(colour).dark
    return {"colour": colour.lower(), "dark": dark.accent, "dark_ink": dark.ink}


async def word_it(tx: Tx, words: Mapping[str, str], *, seen: int, actor_id: int) -> None:
    """Put the operator's words in place of ours, by name and language (`hero_ja`).

    Raises UserError as `words_of` does, and `site_words_need_japanese` (422): what stands in one
    language only would show that one's readers another place's words.
    """
    given: dict[str, str] = {}
    for name in WORDS:
        said = {one: words_of(words[f"{name}_{one}"], MOST_WORDS[name]) for one in LANGUAGES}
        if any(said.values()) and not said[DEFAULT]:
            raise UserError(
                "site_words_need_japanese", N_("日本語の文も入力してください。"), status=422
            )
        given |= {f"{name}_{one}": text for one, text in said.items() if text}
    await _change(tx, "words", given or None, seen=seen, actor_id=actor_id)


async def name_sender(tx: Tx, name: str, *, seen: int, actor_id: int) -> None:
    """Say whom mails come from; empty: the site. Raises UserError as `name_of` does."""
    value = {"name": name_of(name, MOST_SENDER)} if name.strip() else None
    await _change(tx, "sender", value, seen=seen, actor_id=actor_id)


async def offer_languages(tx: Tx, offered: set[str], *, seen: int, actor_id: int) -> None:
    """Say in which languages the site speaks; Japanese always."""
    kept = [one for one in LANGUAGES if one == DEFAULT or one in offered]
    value = {"offered": kept} if len(kept) < len(LANGUAGES) else None
    await _change(tx, "languages", value, seen=seen, actor_id=actor_id)


async def announce(tx: Tx, announcement: Announcement, *, seen: int, actor_id: int) -> None:
    """Tell something in a bar. Raises UserError as `announcements.with_one_more` does."""
    value = {"list": await announcements.with_one_more(tx, announcement)}
    await _change(tx, "announcements", value, seen=seen, actor_id=actor_id)


async def take_back(tx: Tx, announcement_id: str, *, seen: int, actor_id: int) -> None:
    """Tell something no more."""
    value = {"list": await announcements.without(tx, announcement_id)}
    await _change(tx, "announcements", value, seen=seen, actor_id=actor_id)


async def rest(tx: Tx, begins: datetime, until: datetime, *, seen: int, actor_id: int) -> None:
    """Let nothing new begin from a moment on, until it is ended; `until` is what people are told.

    Raises UserError `site_times_crossed` (422).
    """
    must_follow(begins, until)
    value = {"from": begins.isoformat(), "until": until.isoformat()}
    await _change(tx, "maintenance", value, seen=seen, actor_id=actor_id)


async def rest_no_more(tx: Tx, *, seen: int, actor_id: int) -> None:
    """Let things begin again."""
    await _change(tx, "maintenance", None, seen=seen, actor_id=actor_id)


async def shut_doors(tx: Tx, shut: Collection[str], *, seen: int, actor_id: int) -> None:
    """Shut these doors and open all others; what runs behind them comes to its end."""
    kept = [door for door in DOORS if door in shut]
    value = {"shut": kept} if kept else None
    await _change(tx, "doors", value, seen=seen, actor_id=actor_id)


async def picture_it(
    tx: Tx, kind: str, value: Value, files: Mapping[str, bytes], *, seen: int, actor_id: int
) -> None:
    """Keep the pictures of an `icon` or a `logo`, by the files' names; none is the house's again.

    They were drawn by us: nothing here looks at a stranger's file.
    """
    await _change(tx, kind, value, seen=seen, actor_id=actor_id)
    mine = site_pictures.c.file.startswith(f"{kind}-")
    await locks.delete(tx, site_pictures, mine)
    for file, data in files.items():
        await tx.execute(sa.insert(site_pictures).values(file=file, data=data))


async def picture(tx: Tx, file: str) -> bytes | None:
    """Return one of the site's pictures."""
    found = await tx.scalar(sa.select(site_pictures.c.data).where(site_pictures.c.file == file))
    return bytes(found) if found is not None else None


async def _change(tx: Tx, kind: str, value: Value, *, seen: int, actor_id: int) -> None:
    # Whoever comes second waits here, and is told that they have looked at what is no more.
    await tx.execute(insert(site_particulars).values(kind=kind).on_conflict_do_nothing())
    row = await locks.lock_row(
        tx,
        sa.select(
            site_particulars.c.kind, site_particulars.c.value, site_particulars.c.version
        ).where(site_particulars.c.kind == kind),
    )
    assert row is not None
    if seen != row.version:
        raise UserError(
            "site_changed_meanwhile",
            N_(
                "ほかの管理者が先に変更しました。いまの内容をご確認のうえ、もう一度お試しください。"
            ),
            status=409,
        )
    await tx.execute(
        sa.update(site_particulars)
        .where(site_particulars.c.kind == kind)
        .values(
            value=value if value is not None else sa.null(),
            version=site_particulars.c.version + 1,
            changed_at=sa.func.clock_timestamp(),
            changed_by=actor_id,
        )
    )
    await log_act(
        tx,
        actor_id,
        f"site.{kind}",
        f"site:{kind}",
        reason=_told(value),
        before=row.value,
        after=value,
    )


def _told(value: Value) -> str:
    """What stands in the log beside an act that asks for no reason: what it was changed to."""
    if value is None:
        return "—"
    return " / ".join(str(part) for part in value.values())[:500] or "—"
