"""The addresses of the board, on a site that has one."""

from aiohttp import web

from foundation.settings import Settings
from web.api import engines
from web.http.paths import number
from web.pages.board import board, marks, members, own_words, pen_blocks, reporting, topics, writing
from web.pages.messages import ways
from web.pages.rooms import blocks
from web.pages.staff.board import desk, lines, people

TOPIC = f"/board/{number('topic_id')}"
ANSWER = f"{TOPIC}/answers/{number('answer_id')}"
DESK = "/staff/board"
STAFF_TOPIC = f"{DESK}/topics/{number('topic_id')}"
STAFF_ANSWER = f"{STAFF_TOPIC}/answers/{number('answer_id')}"
PERSON = f"/staff/people/{number('user_id')}"


def board_routes(settings: Settings) -> list[web.AbstractRouteDef]:
    """Return the addresses of the board; none where the site has closed it."""
    if not settings.board:
        return []
    return [
        web.get("/board", board.show_board),
        web.get(f"/sitemaps/board-{number('part')}.xml", engines.board_part),
        web.get("/board/guide", board.guide),
        web.get("/board/guide/members", ways.show_members_guide),
        web.get("/board/members", members.show_members),
        web.get(f"/board/members/{number('user_id')}", members.show_member),
        web.get("/board/new", writing.show_new),
        web.post("/board/new", writing.write),
        *topic_routes(),
        *answer_routes(),
        *desk_routes(),
        *block_routes(),
    ]


def block_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses by which one names whoever wrote something, to block them."""
    about = number("about_id")
    table: list[web.AbstractRouteDef] = [
        web.get(f"/topics/{about}", topics.to_topic),
        web.get(f"/answers/{about}", topics.to_answer),
    ]
    for which in ("topics", "answers"):
        way = f"/{which}/{about}/block"
        table += [web.get(way, blocks.show_block), web.post(way, blocks.block)]
    return table


def topic_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of a topic, and of what its writer does."""
    return [
        web.get(TOPIC, topics.show_topic),
        web.post(f"{TOPIC}/answers", topics.answer),
        web.post(f"{TOPIC}/read", marks.read),
        web.post(f"{TOPIC}/close", marks.close),
        web.get(f"{TOPIC}/edit", writing.show_edit),
        web.post(f"{TOPIC}/edit", writing.edit),
        web.get(f"{TOPIC}/add", own_words.show_add),
        web.post(f"{TOPIC}/add", own_words.add),
        web.get(f"{TOPIC}/delete", own_words.show_delete),
        web.post(f"{TOPIC}/delete", own_words.delete),
        web.get(f"{TOPIC}/block", pen_blocks.show_block),
        web.post(f"{TOPIC}/block", pen_blocks.block),
        web.post(f"/settings/blocks/topics/{number('topic_id')}/lift", pen_blocks.lift),
        web.get(f"{TOPIC}/report", reporting.show_report),
        web.post(f"{TOPIC}/report", reporting.report),
    ]


def answer_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of an answer."""
    return [
        web.post(f"{ANSWER}/thanks", marks.thank),
        web.post(f"{ANSWER}/helpful", marks.helpful),
        web.get(f"{ANSWER}/edit", own_words.show_edit),
        web.post(f"{ANSWER}/edit", own_words.edit),
        web.get(f"{ANSWER}/add", own_words.show_add),
        web.post(f"{ANSWER}/add", own_words.add),
        web.get(f"{ANSWER}/delete", own_words.show_delete),
        web.post(f"{ANSWER}/delete", own_words.delete),
        web.get(f"{ANSWER}/report", reporting.show_report),
        web.post(f"{ANSWER}/report", reporting.report),
    ]


def desk_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which staff see to the board."""
    return [
        web.get(DESK, desk.show),
        web.post(f"{DESK}/reports/{number('report_id')}/close", desk.close),
        web.post(f"{STAFF_TOPIC}/pass", desk.let_pass),
        web.post(f"{STAFF_TOPIC}/hide", desk.hide),
        web.post(f"{STAFF_TOPIC}/show", desk.show_again),
        web.post(f"{STAFF_ANSWER}/hide", desk.hide),
        web.post(f"{STAFF_ANSWER}/show", desk.show_again),
        web.get(f"{DESK}/lines", lines.show),
        web.post(f"{DESK}/lines", lines.add),
        web.post(f"{DESK}/lines/{number('line_id')}/remove", lines.remove),
        web.get(f"{DESK}/members", people.show),
        web.post(f"{PERSON}/answering/give", people.give),
        web.post(f"{PERSON}/answering/take", people.take),
    ]
