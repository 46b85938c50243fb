"""The timetable: what is done every so often, by any number of processes, once each time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rooms.care.keeping import RULES
from scheduler import bills, board, chats, errands, letters, sweeping
from scheduler.errands import Tools

MINUTE = "* * * * *"
HOUR = "7 * * * *"
# Half past three at night in Tokyo; cron's hours are UTC's here.
NIGHT = "30 18 * * *"


@dataclass(frozen=True)
class Line:
    """One line of the timetable: a verb of the clock and when it runs, as cron writes it in UTC.

    A verb finds by itself what is due, so a time that was missed is made up by the next one. It
    tells nobody of what is too late to be told. Unless it `overlaps`, no run begins while another
    is under way.
    """

    cron: str
    errand: Callable[[Tools], Awaitable[None]]
    overlaps: bool = False

    @property
    def name(self) -> str:
        """What the line is called: as its verb is."""
        return self.errand.__name__


SCHEDULE: tuple[Line, ...] = (
    # What heals a run that is stuck must not wait for it.
    Line(MINUTE, errands.heal_jobs, overlaps=True),
    Line(MINUTE, errands.expire_points),
    Line(MINUTE, errands.retry_payment_events),
    Line(MINUTE, bills.tell_of_bills),
    Line(MINUTE, bills.collect_bills),
    Line(MINUTE, bills.take_transfers),
    Line(HOUR, bills.remind_of_bills),
    Line(MINUTE, errands.lapse_keeps),
    Line(MINUTE, errands.lapse_requests),
    Line(MINUTE, errands.judge_reservations),
    Line(MINUTE, errands.return_no_shows),
    Line(MINUTE, letters.lapse_letters),
    Line(MINUTE, chats.lapse_chats),
    Line(MINUTE, chats.ask_for_all),
    Line(MINUTE, chats.settle_chat_days),
    Line(MINUTE, chats.tell_of_chats),
    Line(MINUTE, chats.note_visits),
    Line(HOUR, chats.end_nominations),
    Line(MINUTE, errands.remind_of_reservations),
    Line(MINUTE, errands.tell_of_questions),
    Line(MINUTE, board.tell_of_answers),
    Line(HOUR, board.call_for_answers),
    Line(MINUTE, board.make_board_words),
    Line(MINUTE, errands.give_terms),
    Line(HOUR, errands.remind_of_expiry),
    Line(HOUR, errands.remind_of_identity),
    Line(HOUR, errands.ask_for_seconds),
    Line(HOUR, errands.close_unchecked_rooms),
    Line(MINUTE, errands.close_unlicensed_rooms),
    Line(HOUR, errands.sum_up_days),
    Line(HOUR, errands.note_who_sells),
    *(Line(HOUR if rule.hourly else NIGHT, sweeping.errand(rule)) for rule in RULES),
    Line(NIGHT, errands.reconcile_payments),
    Line(NIGHT, bills.compare_bills),
    Line(NIGHT, errands.prove_the_books),
    Line(NIGHT, errands.renew_rating_means),
)
