"""The addresses of blocks, reports, and what staff do about them."""

from aiohttp import web

from web.pages.rooms import blocks, reports
from web.pages.staff import reports as report_queue
from web.pages.staff import sanctions

ABOUT = "{about_id:[0-9]{1,19}}"
PERSON = "/staff/people/{user_id:[0-9]{1,19}}"
REPORT = "/staff/reports/{report_id:[0-9]{1,19}}"


def safety_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which people keep others away, and tell the staff of them."""
    table: list[web.AbstractRouteDef] = [
        web.get("/talks/now/block", blocks.from_talk),
        web.get("/talks/now/report", blocks.from_talk),
        web.get("/settings/blocks", blocks.show_blocks),
        web.post("/settings/blocks/{user_id:[0-9]{1,19}}/lift", blocks.unblock),
    ]
    for about in ("talks", "rooms", "reservations", "requests"):
        way = f"/{about}/{ABOUT}/block"
        table += [web.get(way, blocks.show_block), web.post(way, blocks.block)]
    for about in ("talks", "rooms"):
        way = f"/{about}/{ABOUT}/report"
        table += [web.get(way, reports.show_report), web.post(way, reports.send_report)]
    return table + staff_safety_routes()


def staff_safety_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which staff read reports and act on people."""
    return [
        web.get("/staff/reports", report_queue.queue),
        web.get(REPORT, report_queue.report),
        web.get(f"{REPORT}/chat", report_queue.chat),
        web.post(f"{REPORT}/close", report_queue.close),
        web.post(f"{PERSON}/warn", sanctions.warn),
        web.post(f"{PERSON}/suspend", sanctions.suspend),
        web.post(f"{PERSON}/lift-suspension", sanctions.lift_suspension),
        web.post(f"{PERSON}/ban", sanctions.ban),
        web.post(f"{PERSON}/lift-ban", sanctions.lift_ban),
        web.post(f"{PERSON}/role", sanctions.change_role),
    ]
