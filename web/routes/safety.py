"""The addresses of blocks and reports."""

from aiohttp import web

from web.http.paths import number
from web.pages.rooms import blocks, reports

ABOUT = number("about_id")


def safety_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which people keep others away, and tell the staff of them."""
    table: list[web.AbstractRouteDef] = [
        web.get("/talks/now/block", blocks.from_talk),
        web.get("/talks/now/report", blocks.from_talk),
        web.get("/settings/blocks", blocks.show_blocks),
        web.post(f"/settings/blocks/{number('user_id')}/lift", blocks.unblock),
    ]
    for about in (
        "talks", "rooms", "reservations", "requests", "messages", "applications", "letters",
        "chats",
    ):  # fmt: skip
        way = f"/{about}/{ABOUT}/block"
        table += [web.get(way, blocks.show_block), web.post(way, blocks.block)]
    for about in ("talks", "rooms", "messages", "letters", "chats"):
        way = f"/{about}/{ABOUT}/report"
        table += [web.get(way, reports.show_report), web.post(way, reports.send_report)]
    return table
