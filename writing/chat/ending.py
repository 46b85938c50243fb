"""What ends a consultation by somebody's word, opens it again, or lets all have it."""

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.meeting import blocks
from writing.chat import days, handing_over, locked, members, notices, refusals, sending
from writing.chat.rules import reopen_until


async def end(tx: Tx, settings: Settings, chat_id: int, user_id: int) -> int:
    """End a consultation that runs, by one of the two; return the points that went back.

    The day that runs is settled by its rule, the others go back. One that is over stays as it is.
    Raises UserError `chat_unknown` (404) or `chat_not_begun`.
    """
    row = await locked.of_side(tx, chat_id, user_id)
    if row.state == "waiting":
        raise refusals.chat_not_begun()
    if row.state != "running":
        return 0
    now = await clock(tx)
    await days.settle_end(tx, row, now)
    side = row.side_of(user_id)
    await locked.change(tx, row.id, state="ended", ended_at=now, ended_how=side)
    await handing_over.drop(tx, row.id)
    ended = await locked.find(tx, row.id)
    back = await days.returned_of(tx, row.id)
    # Whose days went back doesn't have them once more for nothing.
    again = row.reopened_at is None and not (side == "member" and back)
    word = "ended" if again else "closed"
    await notices.tell(tx, settings, ended, f"{word}_by_{side}", back=back)
    return back


async def reopen(tx: Tx, settings: Settings, chat_id: int, user_id: int) -> None:
    """Open a consultation again that one of the two ended: once, for some days, and for nothing.

    Of a paid one from which days went back this is for its member alone: they give their time.
    Raises UserError `chat_unknown` (404), `chat_not_reopened`, `chat_away`, `chats_open` or
    `chat_load_full`.
    """
    row = await locked.of_side(tx, chat_id, user_id)
    if row.state == "running":
        return
    now = await clock(tx)
    unpaid = user_id == row.caller_id and await days.returned_of(tx, row.id) > 0
    until = reopen_until(row.ended_at, row.ended_how, row.reopened_at, unpaid=unpaid)
    if row.state != "ended" or until is None or now >= until:
        raise UserError(
            "chat_not_reopened",
            N_("このチャット相談は、もう再開できません。新しく相談できます。"),
        )
    if await blocks.hidden(tx, row.caller_id, row.in_charge):
        raise refusals.chat_away()
    if user_id == row.caller_id:
        await sending.must_have_few(tx, settings, user_id, anew=False)
    else:
        await members.must_take(tx, settings, user_id, row.caller_id, row.points)
    changed = {"state": "running", "ended_at": None, "ended_how": None}
    await locked.change(tx, row.id, **changed, reopened_at=now, last_at=now)
    side = row.side_of(user_id)
    await notices.tell(tx, settings, await locked.find(tx, row.id), f"reopened_by_{side}")


async def withdraw(tx: Tx, chat_id: int, caller_id: int) -> int:
    """Take a consultation back that nobody has taken; return the points that came back.

    Raises UserError `chat_unknown` (404), or `chat_taken_back` where somebody took it.
    """
    row = await locked.of_caller(tx, chat_id, caller_id)
    if row.state == "withdrawn":
        return 0
    if row.state != "waiting":
        raise UserError("chat_taken_back", N_("担当が決まったか終了したため、取り下げられません。"))
    back = await days.give_back(tx, row.id, reason="chat withdrawn")
    now = await clock(tx)
    await locked.change(tx, row.id, state="withdrawn", ended_at=now, wishes="")
    return back


async def open_to_all(tx: Tx, chat_id: int, caller_id: int) -> None:
    """Let all members take a consultation for which one was nominated; twice is once.

    Raises UserError `chat_unknown` (404) or `chat_gone`.
    """
    row = await locked.of_caller(tx, chat_id, caller_id)
    if row.state != "waiting":
        raise refusals.chat_gone()
    if not row.to_all:
        await locked.change(tx, row.id, to_all=True)
