"""The form of a topic: a new one, or one that is changed."""

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from signaling.push import PUSH
from web.http.forms import Filled, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.board import parts
from writing.board import changing, refusals, topics, writing
from writing.board.texts import TopicDraft, pen_name_of, text_of, title_of
from writing.board.topics import BoardTopic
from writing.chat import views
from writing.ground.categories import category_of


async def show_new(request: Request) -> Response:
    """Show the form for a new topic; the address may bring its category.

    Or it names a consultation of the asker's own (`chat`), whose words go on in the form.
    """
    chat_id = optional_integer(request.query.get("chat", ""), 1)
    begun = {"category": request.query.get("category", "")[:40]}
    if chat_id is not None:
        begun = await _carried(request, chat_id)
    return await _form(request, Filled(reader_locale(request), begun))


async def _carried(request: Request, chat_id: int) -> dict[str, str]:
    async with visit(request) as v:
        matter = await views.matter_of(v.tx, chat_id, v.member().id)
    return {"category": matter.category, "text": matter.text}


async def _form(
    request: Request,
    filled: Filled,
    status: int = 200,
    *,
    topic_id: int | None = None,
    warned: bool = False,
) -> Response:
    async with visit(request) as v:
        user = v.member()
        topic = await _own(v.tx, topic_id, user.id) if topic_id else None
        if topic and not filled.values:
            filled.values.update(_typed(topic))
        return v.page(
            "board_topic_form.html",
            status,
            topic=topic,
            form=filled,
            press=new_token(),
            warned=warned,
            **await parts.helping(v, shown=warned),
            **parts.words_of_board(),
        )


async def _own(tx: Tx, topic_id: int, user_id: int) -> BoardTopic:
    topic = await topics.find(tx, topic_id, user_id)
    if not topic.mine or topic.deleted_at is not None:
        raise refusals.topic_unknown()
    return topic


def _typed(topic: BoardTopic) -> dict[str, str]:
    return {
        "category": topic.category,
        "title": topic.title,
        "text": topic.text,
        "members_only": "1" if topic.members_only else "",
    }


def _read(request: Request, filled: Filled) -> TopicDraft | None:
    """Return the topic that a form brings, or None after noting what is wrong with it."""
    form = request[FORM]
    category = filled.take(form, "category", category_of)
    title = filled.take(form, "title", title_of)
    text = filled.take_text(form, "text", text_of)
    pen_name = filled.take(form, "pen_name", pen_name_of) if "pen_name" in form else None
    members_only = form.get("members_only") == "1"
    filled.values["members_only"] = "1" if members_only else ""
    if filled.errors or category is None or title is None or text is None:
        return None
    return TopicDraft(category, title, text, pen_name, members_only)


async def write(request: Request) -> Response:
    """Write a topic; words that mean danger are met with numbers for help first."""
    form, filled = request[FORM], Filled(reader_locale(request))
    press, draft = parts.press_in(form), _read(request, filled)
    if draft is None:
        return await _form(request, filled, 422)
    if parts.must_see_help(form, draft.title, draft.text):
        return await _form(request, filled, warned=True)
    try:
        async with member_transaction(request) as (tx, user):
            made = await writing.write(tx, request.app[SETTINGS], user.id, press, draft)
    except UserError as error:
        if error.status == 401:
            raise
        parts.refuse(filled, error)
        return await _form(request, filled, parts.status_of(error))
    return redirect(f"/board/{made.id}?done={'waits' if made.waits else 'posted'}")


async def show_edit(request: Request) -> Response:
    """Show the form of one's own topic."""
    topic_id = id_in_path(request, "topic_id")
    return await _form(request, Filled(reader_locale(request)), topic_id=topic_id)


async def edit(request: Request) -> Response:
    """Write one's own topic anew."""
    topic_id, form = id_in_path(request, "topic_id"), request[FORM]
    filled = Filled(reader_locale(request))
    draft = _read(request, filled)
    if draft is None:
        return await _form(request, filled, 422, topic_id=topic_id)
    if parts.must_see_help(form, draft.title, draft.text):
        return await _form(request, filled, topic_id=topic_id, warned=True)
    try:
        async with member_transaction(request) as (tx, user):
            await changing.edit(tx, request.app[SETTINGS], topic_id, user.id, draft)
    except UserError as error:
        if error.status in (401, 404):
            raise
        parts.refuse(filled, error)
        return await _form(request, filled, error.status, topic_id=topic_id)
    await request.app[PUSH].topic(topic_id)
    return redirect(f"/board/{topic_id}?done=changed")
