"""Every page and act of the staff's side, by role: to whom it isn't meant, it isn't there."""

import re

import pytest
from aiohttp.web import Application

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import StaffRole
from people.desk import roles
from people.desk.roles import Permission
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_user
from tests.web.staff.scene import make_staff, sanction
from web.pages.staff.cases.sheets import SHEETS
from web.routes import routes

# What each route asks for. A route that stands in no line of this fails the test.
CASES: dict[str, Permission] = {"claim": "claims", "report": "reports"}
WANTED: dict[tuple[str, str], Permission] = {
    ("GET", "/staff/claims"): "claims",
    ("GET", "/staff/claims/{claim_id}/letter"): "claims",
    ("POST", "/staff/claims/{claim_id}/return"): "claims",
    ("POST", "/staff/claims/{claim_id}/agree"): "claims",
    ("POST", "/staff/claims/{claim_id}/send-back"): "claims",
    ("POST", "/staff/claims/{claim_id}/decline"): "claims",
    ("GET", "/staff/today"): "today",
    ("GET", "/staff/search"): "today",
    ("GET", "/staff/talks/{talk_id}"): "talks",
    **{("GET", f"/staff/sheets/{one.name}"): one.may for one in SHEETS},
    **{
        ("POST", f"/staff/{case}s/{{{case}_id}}/{act}"): permission
        for case, permission in CASES.items()
        for act in ("take", "leave", "undo")
    },
    ("GET", "/staff/reports"): "reports",
    ("GET", "/staff/reports/{report_id}"): "reports",
    ("GET", "/staff/reports/{report_id}/chat"): "reports",
    ("GET", "/staff/reports/{report_id}/letter"): "reports",
    ("GET", "/staff/reports/{report_id}/consultation"): "reports",
    ("GET", "/staff/reports/{report_id}/consultation/photos/{picture}"): "reports",
    ("GET", "/staff/chats"): "reports",
    ("POST", "/staff/reports/{report_id}/close"): "reports",
    ("GET", "/staff/people"): "people.see",
    ("GET", "/staff/people/{user_id}"): "people.see",
    ("POST", "/staff/people/{user_id}/notes"): "people.see",
    ("POST", "/staff/people/{user_id}/notes/{note_id}/remove"): "people.see",
    ("POST", "/staff/people/{user_id}/questions"): "people.see",
    ("POST", "/staff/people/{user_id}/give"): "points",
    ("POST", "/staff/people/{user_id}/correct"): "points",
    ("POST", "/staff/people/{user_id}/warn"): "people.warn",
    ("POST", "/staff/people/{user_id}/suspend"): "people.suspend",
    ("POST", "/staff/people/{user_id}/lift-suspension"): "people.suspend",
    ("POST", "/staff/people/{user_id}/ban"): "people.ban",
    ("POST", "/staff/people/{user_id}/lift-ban"): "people.ban",
    ("POST", "/staff/people/{user_id}/role"): "people.role",
    ("POST", "/staff/people/{user_id}/verdict"): "payouts",
    ("POST", "/staff/people/{user_id}/verdict/ask"): "payouts",
    ("POST", "/staff/verdicts/{verdict_id}/agree"): "payouts",
    ("POST", "/staff/verdicts/{verdict_id}/send-back"): "payouts",
    ("POST", "/staff/proposals/{proposal_id}/agree"): "points",
    ("POST", "/staff/proposals/{proposal_id}/send-back"): "points",
    ("GET", "/staff/books"): "books",
    ("GET", "/staff/books/unspent"): "books",
    ("GET", "/staff/books/unspent.csv"): "books",
    ("POST", "/staff/packs"): "packs",
    ("POST", "/staff/packs/{pack_id}/move"): "packs",
    ("GET", "/staff/packs/coupons"): "packs",
    ("POST", "/staff/packs/coupons"): "packs",
    ("POST", "/staff/packs/coupons/{coupon_id}/end"): "packs",
    **{
        (method, f"/staff/site{path}"): "site"
        for method, paths in {
            "GET": ("", "/look", "/preview.css", "/telling", "/doors"),
            "POST": (
                *("/name", "/words", "/sender", "/languages"),
                *("/colour", "/icon", "/logo", "/plain", "/shut"),
                *("/announce", "/take-back", "/rest", "/rest-no-more"),
            ),
        }.items()
        for path in paths
    },
    **{
        (method, f"/staff/payouts{path}"): "payouts"
        for method, paths in {
            "GET": ("", "/runs/{run_id}", "/casts/{user_id}", "/linked", "/tax", "/tax/csv"),
            "POST": (
                "/gather",
                *(
                    f"/runs/{{run_id}}/{act}"
                    for act in (
                        "send-on",
                        "agree",
                        "dissolve",
                        "file",
                        "rows",
                        "close",
                        "reject",
                        "results",
                        "results/propose",
                    )
                ),
                *(f"/casts/{{user_id}}/{act}" for act in ("stop", "lift", "category", "leftover")),
                "/objections/{payout_id}/answer",
                *(f"/reversals/{{reversal_id}}/{act}" for act in ("agree", "send-back")),
            ),
        }.items()
        for path in paths
    },
    ("GET", "/staff/tab"): "points",
    ("GET", "/staff/tab/people/{user_id}"): "points",
    ("POST", "/staff/tab/people/{user_id}/limit"): "points",
    ("POST", "/staff/tab/bills/{bill_id}/write-off"): "points",
    ("POST", "/staff/tab/write-offs/{write_off_id}/agree"): "points",
    ("POST", "/staff/tab/write-offs/{write_off_id}/send-back"): "points",
    ("GET", "/staff/packs"): "packs",
    ("POST", "/staff/packs/{pack_id}"): "packs",
    ("GET", "/staff/alarms"): "alarms",
    **{
        ("GET", f"/staff/{matter}/{{matter_id}}/recordings/{{recording_id}}{file}"): matter
        for matter in ("claims", "reports")
        for file in ("", "/{side}/{part}")
    },
    ("POST", "/staff/alarms/{alarm_id}"): "alarms",
    ("GET", "/staff/jobs"): "alarms",
    ("POST", "/staff/jobs/{job_id}/again"): "alarms",
    ("POST", "/staff/jobs/{job_id}/drop"): "alarms",
    ("GET", "/staff/mails"): "mails",
    ("POST", "/staff/mails/{mail_id}"): "mails",
    ("POST", "/staff/mails/{mail_id}/drop"): "mails",
    ("GET", "/staff/opening"): "opening",
    ("POST", "/staff/opening"): "opening",
    ("POST", "/staff/opening/try/{trial}"): "opening",
    ("POST", "/staff/opening/tick/{step}"): "opening",
    ("GET", "/staff/acts"): "acts",
    ("GET", "/staff/acts/views"): "acts",
    ("GET", "/staff/applications"): "applications",
    ("POST", "/staff/applications/{application_id}/approve"): "applications",
    ("POST", "/staff/applications/{application_id}/decline"): "applications",
    ("GET", "/staff/looks"): "looks",
    ("POST", "/staff/looks/rooms/{room_id}/pass"): "looks",
    ("POST", "/staff/looks/rooms/{room_id}/refuse"): "looks",
    ("POST", "/staff/looks/members/{user_id}/pass"): "looks",
    ("POST", "/staff/looks/photos/{photo_id}/refuse"): "looks",
    ("GET", "/staff/categories"): "categories",
    ("POST", "/staff/categories"): "categories",
    ("POST", "/staff/categories/{category_id}"): "categories",
    ("POST", "/staff/categories/{category_id}/move"): "categories",
    ("POST", "/staff/categories/{category_id}/retire"): "categories",
    ("POST", "/staff/people/{user_id}/licences/{category_id}/give"): "licences",
    ("POST", "/staff/people/{user_id}/licences/{category_id}/take"): "licences",
    ("GET", "/staff/texts"): "site",
    ("GET", "/staff/texts/mail"): "site",
    ("POST", "/staff/texts/mail"): "site",
    ("GET", "/staff/texts/{text_name}"): "site",
    ("POST", "/staff/texts/{text_name}"): "site",
    ("GET", "/staff/texts/{text_name}/versions/{version_number}"): "site",
    ("GET", "/staff/identities"): "identity",
    ("GET", "/staff/identities/{user_id}"): "identity",
    ("GET", "/staff/identities/{user_id}/{face}"): "identity",
    ("POST", "/staff/identities/{user_id}/check"): "identity",
    ("POST", "/staff/identities/{user_id}/decline"): "identity",
    ("GET", "/staff/ratings"): "ratings",
    ("POST", "/staff/ratings/{talk_id}/hide"): "ratings",
    ("POST", "/staff/ratings/{talk_id}/show"): "ratings",
    ("GET", "/staff/reports/{report_id}/messages"): "reports",
    ("GET", "/staff/inquiries"): "inquiries",
    ("POST", "/staff/inquiries/{inquiry_id}/answer"): "inquiries",
    ("POST", "/staff/inquiries/{inquiry_id}/close"): "inquiries",
}
# What the act's own form would say; nothing is there to act on but the people.
FORM = sanction(
    scope="all",
    points="1",
    press="x",
    sign="plus",
    bonus="0",
    price_yen="99",
    role="finance",
    report="",
)


def staff_routes(settings: Settings) -> set[tuple[str, str]]:
    """Return the methods and addresses of the staff's side, all but its threshold."""
    app = Application()
    app.add_routes(routes(settings))
    found = {(one.method, one.resource.canonical) for one in app.router.routes() if one.resource}
    return {
        (method, path.replace("{matter}", matter))
        for method, path in found
        for matter in ("claims", "reports")
        if path.startswith("/staff/") and method in ("GET", "POST")
    }


def test_every_route_of_the_staffs_side_has_its_permission(settings: Settings) -> None:
    assert staff_routes(settings) == set(WANTED)


async def seen(browser: Browser, method: str, path: str, subject: int) -> bool:
    """Ask for a route about a member (or a thing that isn't there); say whether it was there."""
    path = path.replace("{user_id}", str(subject)).replace("{side}", "caller")
    path = path.replace("{face}", "front").replace("{trial}", "mail").replace("{step}", "telecom")
    path = path.replace("{text_name}", "terms")
    path = path.replace("{picture}", "p" * 43)
    address = re.sub(r"\{\w+\}", "999", path)
    if method == "GET":
        answer = await browser.client.get(address, headers=SCRIPT, allow_redirects=False)
    else:
        answer = await browser.post(address, FORM, SCRIPT)
    assert answer.status in (200, 303, 400, 404, 409), (path, answer.status)
    # What is missing behind the door says so in words of its own.
    return answer.status != 404 or (await answer.json())["code"] != "not_found"


@pytest.mark.parametrize("role", [None, *roles.ROLES])
async def test_each_role_finds_what_it_may_and_nothing_else(
    open_browser: Open, database: Database, role: StaffRole | None
) -> None:
    browser = await open_browser(chat=True)
    me = await make_staff(database, role) if role else await make_user(database)
    await browser.sign_in(me, database)
    for (method, path), permission in WANTED.items():
        subject = await make_user(database)
        found = await seen(browser, method, path, subject.id)
        assert found == roles.may(role, permission), (method, path)


async def test_a_malformed_form_tells_an_outsider_no_more(
    browser: Browser, database: Database, settings: Settings
) -> None:
    await browser.sign_in(await make_user(database), database)
    for method, path in WANTED:
        if method == "POST":
            named = path.replace("{trial}", "mail").replace("{step}", "telecom")
            answer = await browser.post(re.sub(r"\{\w+\}", "1", named), {})
            assert answer.status == 404, path


@pytest.mark.parametrize(
    ("role", "first"),
    [
        ("support", "/staff/today"),
        ("finance", "/staff/today"),
        ("administrator", "/staff/today"),
        (None, None),
    ],
)
async def test_the_threshold_leads_to_the_first_page_one_may_see(
    browser: Browser, database: Database, role: StaffRole | None, first: str | None
) -> None:
    me = await make_staff(database, role) if role else await make_user(database)
    await browser.sign_in(me, database)
    answer = await browser.get("/staff")
    if first is None:
        assert answer.status == 404
    else:
        assert answer.headers["Location"] == first


@pytest.mark.parametrize("role", roles.ROLES)
async def test_the_navigation_shows_what_one_may_open_and_no_more(
    open_browser: Open, database: Database, role: StaffRole
) -> None:
    browser = await open_browser(chat=True)
    await browser.sign_in(await make_staff(database, role), database)
    page = await (await browser.get("/staff/people")).text()
    for (method, path), permission in WANTED.items():
        if method == "GET" and path.count("/") == 2:
            assert (f'href="{path}"' in page) == roles.may(role, permission), path


async def test_a_role_that_is_taken_away_closes_the_door_at_once(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    support = await make_staff(database, "support")
    theirs = await open_browser()
    await theirs.sign_in(support, database)
    assert (await theirs.get("/staff/reports")).status == 200
    await browser.sign_in(await make_staff(database), database)
    answer = await browser.post(f"/staff/people/{support.id}/role", FORM | {"role": ""})
    assert answer.status == 303
    assert (await theirs.get("/staff/reports")).status == 404
