"""The lines of a statement as pages and tables tell them, and the whole of it as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from foundation.database import Tx
from foundation.language import N_, translate
from points import statements
from points.statement_lines import StatementLine
from rooms.booking import views
from rooms.talk.past import history
from web.pages.points import spreadsheet

WORDS = {
    "charge": N_("通話"),
    "return": N_("返還"),
    "hold": N_("予約のお預かり"),
    "release": N_("予約のお返し"),
    "letter_hold": N_("メール相談のお預かり"),
    "letter_release": N_("メール相談のお返し"),
    "chat_hold": N_("チャット相談のお預かり"),
    "chat_release": N_("チャット相談のお返し"),
    "purchase": N_("ポイント購入"),
    "bonus": N_("購入のおまけ"),
    "grant": N_("運営からのポイント"),
    "expiry": N_("期限切れ"),
    "forfeit": N_("退会による失効"),
    "refund": N_("返金による取り消し"),
    "dispute": N_("お支払いの確認による保留"),
    "restore": N_("差し引き分のお返し"),
    "receivable": N_("不足分の精算"),
    "correction": N_("運営による訂正"),
    "credit": N_("ご利用限度額"),
    "credit_taken": N_("ご利用限度額の引き下げ"),
    "tab_paid": N_("ご利用料金のお支払い"),
    "tab_unpaid": N_("お支払いの取り消し"),
    "written_off": N_("ご請求の取りやめ"),
    "written_off_back": N_("ご請求の再開"),
}
HEADS = (
    N_("日時"), N_("種類"), N_("内容"), N_("分"), N_("増減（pt）"), N_("残高（pt）"),
)  # fmt: skip


@dataclass(frozen=True)
class Move:
    """A line of the statement as a page tells it. `name` and `title` are of the talk's room."""

    at: datetime
    kind: str
    amount: int
    balance_after: int
    name: str
    title: str
    minutes: int
    reason: str
    link: str | None


async def whole(tx: Tx, user_id: int, locale: str, zone: ZoneInfo, separator: str) -> bytes:
    """Return the whole statement as a table, up to `statements.MOST_ROWS` lines."""
    parts, cursor = [spreadsheet.BEGINNING, heads(locale, separator)], None
    for _ in range(statements.MOST_ROWS // statements.MOST_LINES):
        found = await statements.statement(tx, user_id, cursor=cursor, size=statements.MOST_LINES)
        parts += [row(move, locale, zone, separator) for move in await moves(tx, found.lines)]
        cursor = found.next_cursor
        if cursor is None:
            break
    return b"".join(parts)


def heads(locale: str, separator: str) -> bytes:
    """Return the first row of the table."""
    return spreadsheet.line((translate(locale, head) for head in HEADS), separator)


async def moves(tx: Tx, lines: Sequence[StatementLine]) -> list[Move]:
    """Return lines of a statement with the names that stand in them."""
    named = await history.room_and_cast_names(tx, {line.talk_id for line in lines if line.talk_id})
    held = await views.of_holds(tx, [line.hold_id for line in lines if line.hold_id])
    found = []
    for line in lines:
        title, name = named.get(line.talk_id or 0, ("", ""))
        path, whose = held.get(line.hold_id or 0, (None, ""))
        minutes = (line.last_minute or 0) - (line.first_minute or 1) + 1
        # Elsewhere the reason is a word of the house.
        reason = line.reason if line.kind in ("grant", "correction") else ""
        found.append(
            Move(
                line.at, _kind(line, path), line.amount, line.balance_after, name or whose, title,
                minutes, reason, path or _link(line),
            )
        )  # fmt: skip
    return found


def _kind(line: StatementLine, path: str | None) -> str:
    """What a line is called by: what is set aside for letters and chats has words of its own."""
    for of in ("letter", "chat"):
        if path and path.startswith(f"/{of}s/"):
            return f"{of}_{line.kind}"
    return line.kind


def _link(line: StatementLine) -> str | None:
    if line.talk_id:
        return f"/talks/{line.talk_id}"
    return f"/points/purchases/{line.purchase_id}" if line.purchase_id else None


def row(move: Move, locale: str, zone: ZoneInfo, separator: str) -> bytes:
    """Return the row of the table for one line, its instant in the reader's zone."""
    about = "・".join(part for part in (move.name, move.title, move.reason) if part)
    return spreadsheet.line(
        (
            f"{move.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            translate(locale, WORDS[move.kind]),
            about,
            move.minutes or None,
            move.amount,
            move.balance_after,
        ),
        separator,
    )
