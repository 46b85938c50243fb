"""A talk's whole course on one page: who came, what ran, what was charged, and what followed."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp.web import Request, Response

from rooms.care.desk import talk_files
from rooms.care.desk.talk_files import FiledMinute, TalkFile
from rooms.talk.proof import evidence
from rooms.talk.proof.evidence import Evidence
from web.http.paths import id_in_path
from web.pages.staff.access import staff_page, staff_visit
from web.pages.staff.quality_chart import quality_chart
from web.pages.staff.timeline import timeline


@dataclass(frozen=True)
class Happened:
    """One line of the course: what began at a moment, for how long (ms), with its points."""

    at: datetime
    what: str
    lasted_ms: int | None = None
    points: int | None = None
    reason: str | None = None


async def show(request: Request) -> Response:
    """Show a talk. Nothing of what was written in it stands here: that wants a report."""
    talk_id = id_in_path(request, "talk_id")
    async with staff_visit(request, "talks") as (v, user):
        talk, minutes = await talk_files.read(v.tx, talk_id, user.id)
        record = await evidence.of_talk(v.tx, v.settings, talk_id)
        return await staff_page(
            v,
            "staff_talk.html",
            talk=talk,
            minutes=minutes,
            course=_course(talk, minutes, record),
            record=(record, timeline(record), quality_chart(record)),
        )


def _course(talk: TalkFile, minutes: list[FiledMinute], record: Evidence) -> list[Happened]:
    """All that happened, in the order in which it did."""
    found = [Happened(talk.entered_at, "entered")]
    found += [Happened(i.began_at, i.kind, i.duration_ms, reason=i.reason) for i in record.lines]
    found += [Happened(one.at, "charged", points=one.points) for one in minutes]
    found += [
        Happened(one.returned_at, "returned", points=one.returned)
        for one in minutes
        if one.returned_at is not None
    ]
    if talk.ended_at is not None:
        found.append(Happened(talk.ended_at, "ended", reason=talk.end_reason))
    if talk.claimed_at is not None:
        found.append(Happened(talk.claimed_at, "claimed"))
    return sorted(found, key=lambda one: one.at)
