"""The addresses of the staff's side, which to anyone else aren't there."""

from aiohttp import web

from web.http.paths import number, secret
from web.pages.staff import (
    access,
    acts,
    alarms,
    applications,
    books,
    categories,
    claims,
    identities,
    inquiries,
    letters,
    looks,
    mails,
    packs,
    people,
    ratings,
    reports,
    sanctions,
)
from web.pages.staff.cases import finding, jobs, sheets, talks, today
from web.pages.staff.chats import desk as chat_desk
from web.pages.staff.chats import words
from web.pages.staff.member import notes
from web.pages.staff.payouts import casts, figures, overview, results, runs, verdicts
from web.pages.staff.running import steps, unspent
from web.pages.staff.tab import late, person
from web.pages.staff.texts import desk, mail, past

CLAIM = f"/staff/claims/{number('claim_id')}"
APPLICATION = f"/staff/applications/{number('application_id')}"
IDENTITY = f"/staff/identities/{number('user_id')}"
INQUIRY = f"/staff/inquiries/{number('inquiry_id')}"
RATING = f"/staff/ratings/{number('talk_id')}"
REPORT = f"/staff/reports/{number('report_id')}"
PERSON = f"/staff/people/{number('user_id')}"
VERDICT = f"/staff/verdicts/{number('verdict_id')}"
CATEGORY = f"/staff/categories/{number('category_id')}"
PROPOSAL = f"/staff/proposals/{number('proposal_id')}"
TEXT = "/staff/texts/{text_name:terms|privacy|faq|guide|guide_casts|legal}"
RUN = f"/staff/payouts/runs/{number('run_id')}"
REVERSAL = f"/staff/payouts/reversals/{number('reversal_id')}"
PAID_CAST = f"/staff/payouts/casts/{number('user_id')}"


def staff_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the staff's side."""
    return [
        web.get("/staff", access.home),
        web.get("/staff/today", today.show),
        web.get("/staff/search", finding.show),
        web.get(f"/staff/talks/{number('talk_id')}", talks.show),
        *(web.get(f"/staff/sheets/{one.name}", sheets.sheet(one)) for one in sheets.SHEETS),
        *queue_routes(),
        *people_routes(),
        *category_routes(),
        *payout_routes(),
        *late_bill_routes(),
        web.get("/staff/opening", steps.show),
        web.post("/staff/opening", steps.open_site),
        web.post("/staff/opening/try/{trial:mail|payment_event|relay}", steps.try_one),
        web.post("/staff/opening/tick/{step:telecom}", steps.tick),
        web.get("/staff/books", books.books),
        web.get("/staff/books/unspent", unspent.show),
        web.get("/staff/books/unspent.csv", unspent.as_csv),
        web.get("/staff/packs", packs.show_packs),
        web.post(f"/staff/packs/{number('pack_id')}", packs.change_pack),
        *text_routes(),
        web.get("/staff/alarms", alarms.alarms),
        web.post(f"/staff/alarms/{number('alarm_id')}", alarms.mark_seen),
        web.get("/staff/jobs", jobs.show),
        web.post(f"/staff/jobs/{number('job_id')}/again", jobs.again),
        web.post(f"/staff/jobs/{number('job_id')}/drop", jobs.drop),
        web.get("/staff/mails", mails.mails),
        web.post(f"/staff/mails/{number('mail_id')}", mails.send_again),
        web.post(f"/staff/mails/{number('mail_id')}/drop", mails.drop),
        web.get("/staff/acts", acts.show_acts),
        web.get("/staff/acts/views", acts.views),
    ]


def queue_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of what waits for the staff's answer."""
    return [
        web.get("/staff/claims", claims.queue),
        web.get(f"{CLAIM}/letter", letters.of_claim),
        web.post(f"{CLAIM}/return", claims.give_back),
        web.post(f"{CLAIM}/agree", claims.agree),
        web.post(f"{CLAIM}/send-back", claims.send_back),
        web.post(f"{CLAIM}/decline", claims.decline),
        web.post(f"{CLAIM}/take", claims.take),
        web.post(f"{CLAIM}/leave", claims.leave),
        web.post(f"{CLAIM}/undo", claims.undo),
        web.get("/staff/applications", applications.queue),
        web.post(f"{APPLICATION}/approve", applications.approve),
        web.post(f"{APPLICATION}/decline", applications.decline),
        web.get("/staff/looks", looks.queue),
        web.post(f"/staff/looks/rooms/{number('room_id')}/pass", looks.pass_room),
        web.post(f"/staff/looks/rooms/{number('room_id')}/refuse", looks.refuse_room),
        web.post(f"/staff/looks/members/{number('user_id')}/pass", looks.pass_photos),
        web.post(f"/staff/looks/photos/{number('photo_id')}/refuse", looks.refuse_photo),
        web.get("/staff/identities", identities.queue),
        web.get(IDENTITY, identities.show_document),
        web.get(f"{IDENTITY}/{{face:front|back}}", identities.picture),
        web.post(f"{IDENTITY}/check", identities.check),
        web.post(f"{IDENTITY}/decline", identities.decline),
        web.get("/staff/inquiries", inquiries.queue),
        web.post(f"{INQUIRY}/answer", inquiries.answer),
        web.post(f"{INQUIRY}/close", inquiries.close),
        web.get("/staff/reports", reports.queue),
        web.get(REPORT, reports.report),
        web.get(f"{REPORT}/chat", reports.chat),
        web.get(f"{REPORT}/messages", reports.questions),
        web.get(f"{REPORT}/letter", letters.of_report),
        web.get(f"{REPORT}/consultation", words.of_report),
        web.get(f"{REPORT}/consultation/photos/{secret('picture')}", words.photo),
        web.post(f"{REPORT}/close", reports.close),
        web.post(f"{REPORT}/take", reports.take),
        web.post(f"{REPORT}/leave", reports.leave),
        web.post(f"{REPORT}/undo", reports.undo),
        web.get("/staff/chats", chat_desk.show),
        web.get("/staff/ratings", ratings.ratings),
        web.post(f"{RATING}/hide", ratings.hide),
        web.post(f"{RATING}/show", ratings.show_again),
    ]


def people_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which staff look at members and act on them."""
    return [
        web.get("/staff/people", people.people),
        web.get(PERSON, people.person),
        web.post(f"{PERSON}/give", people.give),
        web.post(f"{PERSON}/correct", people.correct),
        web.post(f"{PROPOSAL}/agree", people.agree),
        web.post(f"{PROPOSAL}/send-back", people.send_back),
        web.post(f"{PERSON}/notes", notes.add),
        web.post(f"{PERSON}/notes/{number('note_id')}/remove", notes.remove),
        web.post(f"{PERSON}/questions", notes.questions),
        web.post(f"{PERSON}/warn", sanctions.warn),
        web.post(f"{PERSON}/suspend", sanctions.suspend),
        web.post(f"{PERSON}/lift-suspension", sanctions.lift_suspension),
        web.post(f"{PERSON}/ban", sanctions.ban),
        web.post(f"{PERSON}/lift-ban", sanctions.lift_ban),
        web.post(f"{PERSON}/role", sanctions.change_role),
        web.post(f"{PERSON}/verdict", verdicts.propose),
        web.post(f"{PERSON}/verdict/ask", verdicts.ask_for),
        web.post(f"{VERDICT}/agree", verdicts.agree),
        web.post(f"{VERDICT}/send-back", verdicts.send_back),
    ]


def late_bill_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which finance staff see to bills of the tab."""
    write_off, one = f"/staff/tab/write-offs/{number('write_off_id')}", number("user_id")
    return [
        web.get("/staff/tab", late.show),
        web.get(f"/staff/tab/people/{one}", person.show),
        web.post(f"/staff/tab/people/{one}/limit", person.change_limit),
        web.post(f"/staff/tab/bills/{number('bill_id')}/write-off", late.propose),
        web.post(f"{write_off}/agree", late.agree),
        web.post(f"{write_off}/send-back", late.send_back),
    ]


def payout_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which finance staff see to what casts are paid."""
    return [
        web.get("/staff/payouts", overview.show),
        web.post("/staff/payouts/gather", overview.gather),
        web.get(RUN, runs.show),
        web.post(f"{RUN}/send-on", runs.send_on),
        web.post(f"{RUN}/agree", runs.agree),
        web.post(f"{RUN}/dissolve", runs.dissolve),
        web.post(f"{RUN}/file", runs.bank_file),
        web.post(f"{RUN}/rows", runs.bank_rows),
        web.post(f"{RUN}/close", runs.close),
        web.post(f"{RUN}/reject", runs.reject),
        web.post(f"{RUN}/results", results.look),
        web.post(f"{RUN}/results/propose", results.propose),
        web.post(f"{REVERSAL}/agree", runs.agree_to_reversal),
        web.post(f"{REVERSAL}/send-back", runs.send_reversal_back),
        web.get(PAID_CAST, casts.show),
        web.post(f"{PAID_CAST}/stop", casts.stop),
        web.post(f"{PAID_CAST}/lift", casts.lift),
        web.post(f"{PAID_CAST}/category", casts.change_category),
        web.post(f"{PAID_CAST}/leftover", verdicts.propose_for_gone),
        web.post(f"/staff/payouts/objections/{number('payout_id')}/answer", casts.answer),
        web.get("/staff/payouts/linked", figures.show_linked),
        web.get("/staff/payouts/tax", figures.show_tax),
        web.get("/staff/payouts/tax/csv", figures.tax_csv),
    ]


def category_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which staff keep the categories, and whose licences they saw."""
    licence = f"{PERSON}/licences/{number('category_id')}"
    return [
        web.get("/staff/categories", categories.show),
        web.post("/staff/categories", categories.add),
        web.post(CATEGORY, categories.change),
        web.post(f"{CATEGORY}/move", categories.move),
        web.post(f"{CATEGORY}/retire", categories.retire),
        web.post(f"{licence}/give", categories.give_licence),
        web.post(f"{licence}/take", categories.take_licence),
    ]


def text_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which administrators write the site's own texts."""
    return [
        web.get("/staff/texts", desk.show_all),
        web.get("/staff/texts/mail", mail.show),
        web.post("/staff/texts/mail", mail.save),
        web.get(TEXT, desk.show),
        web.post(TEXT, desk.save),
        web.get(f"{TEXT}/versions/{number('version_number')}", past.show),
    ]
