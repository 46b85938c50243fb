"""Staff read a letter: beside an open report or claim about it, and logged; never else."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from people.desk import staff_views
from record.acts import log_act
from rooms.care import claims
from rooms.care.report_list import find
from writing.letters import locked, views
from writing.letters.rows import LetterPart, LetterRow
from writing.letters.views import LetterText

UNDER_CLAIM = ("open", "waiting_second")


@dataclass(frozen=True)
class LetterEvidence:
    """A letter as staff read it, and the matter for which they may: `report:…` or `claim:…`."""

    matter: str
    letter: LetterRow
    caller_name: str
    cast_name: str
    texts: Mapping[LetterPart, LetterText]


async def of_report(tx: Tx, report_id: int, viewer_id: int) -> LetterEvidence:
    """Return the letter of an open report; that somebody looked is logged.

    Raises UserError `report_unknown` (404), `letter_own` or `letter_sealed` (403).
    """
    found = await find(tx, report_id)
    _must_be_another(viewer_id, found.reporter_id, found.subject_id)
    if found.letter_id is None or found.state != "open":
        raise _sealed()
    return await _read(tx, found.letter_id, viewer_id, f"report:{report_id}")


async def of_claim(tx: Tx, claim_id: int, viewer_id: int) -> LetterEvidence:
    """Return the letter of a claim that is not decided, as `of_report` does.

    Raises UserError `claim_unknown` (404), `letter_own` or `letter_sealed` (403).
    """
    found = await claims.claim(tx, claim_id)
    _must_be_another(viewer_id, found.user_id, found.cast_id)
    if found.letter_id is None or found.state not in UNDER_CLAIM:
        raise _sealed()
    return await _read(tx, found.letter_id, viewer_id, f"claim:{claim_id}")


def _must_be_another(viewer_id: int, *people: int) -> None:
    if viewer_id in people:
        raise UserError("letter_own", N_("ご自分が関わったメールは、見られません。"), status=403)


def _sealed() -> UserError:
    return UserError(
        "letter_sealed",
        N_("メールの内容を見られるのは、通報か申し立ての審査中だけです。"),
        status=403,
    )


_NAMES = sa.text("""
SELECT k.nickname AS caller, s.nickname AS star FROM letters l
JOIN users k ON k.id = l.caller_id JOIN users s ON s.id = l.cast_id WHERE l.id = :id
""")


async def _read(tx: Tx, letter_id: int, viewer_id: int, matter: str) -> LetterEvidence:
    await log_act(tx, viewer_id, "letter.read", f"letter:{letter_id}", reason=matter)
    await staff_views.note(tx, viewer_id, f"letter:{letter_id}")
    names = (await tx.execute(_NAMES, {"id": letter_id})).one()
    row, texts = await locked.find(tx, letter_id), await views.texts_of(tx, letter_id)
    return LetterEvidence(matter, row, names.caller, names.star, texts)
