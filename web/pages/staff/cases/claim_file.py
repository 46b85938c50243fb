"""What was recorded of what a claim is about, as its page shows it."""

from dataclasses import dataclass

from rooms.care import attendance
from rooms.care.attendance import Record
from rooms.care.claims import Claim
from rooms.recording import looking
from rooms.recording.looking import Evidenced
from rooms.talk.proof import evidence
from rooms.talk.proof.evidence import Evidence
from web.http.visit import Visit
from web.pages.staff.quality_chart import QualityChart, quality_chart
from web.pages.staff.timeline import Row, timeline

# A reserved talk may have been entered again and again.
MOST_TALKS = 3


@dataclass(frozen=True)
class ClaimFile:
    """What was recorded of what a claim is about; a talk comes with its pictures."""

    reserved: Record | None
    talks: list[tuple[Evidence, list[Row], QualityChart | None]]
    recordings: list[Evidenced]


async def file_of(v: Visit, claim: Claim, viewer_id: int) -> ClaimFile:
    """Gather what was recorded of a claim's talk, or of its reservation and the talks within it."""
    reserved, talk_ids = None, [claim.talk_id]
    if claim.reservation_id is not None:
        reserved = await attendance.record_of(v.tx, claim.reservation_id)
        talk_ids = [talk.talk_id for talk in reserved.talks[:MOST_TALKS]]
    found = [await evidence.of_talk(v.tx, v.settings, one) for one in talk_ids if one is not None]
    pictured = [(one, timeline(one), quality_chart(one)) for one in found]
    return ClaimFile(reserved, pictured, await looking.beside(v.tx, "claim", claim.id, viewer_id))
