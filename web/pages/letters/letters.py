"""One's letters: the list, one letter, and what its two people do there."""

from aiohttp.web import Request, Response, json_response

from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.care import claim_rules, claims
from signaling.push import PUSH
from signaling.written.unread import waiting
from web.http.errors import wants_json
from web.http.forms import Filled, long_form, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.questions.threads import refused_status
from writing.letters import answering, asking_back, views
from writing.letters.tables import MOST_ANSWER, MOST_LETTER
from writing.letters.views import LetterView

OF_WORDS = ("words_blank", "words_too_long")


async def show_letters(request: Request) -> Response:
    """Show the member's letters on both sides: those that want something first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    wanting = request.query.get("show") == "waiting"
    async with visit(request) as v:
        user = v.member()
        found = await views.of_user(v.tx, user.id, number, wanting=wanting)
        return v.page(
            "letters.html", letters=found, wanting=wanting, counts=await waiting(v.tx, user.id)
        )


async def show_letter(request: Request) -> Response:
    """Show a letter; what came last its caller sees once they press to."""
    return await _letter(request, None)


async def _letter(request: Request, filled: Filled | None, status: int = 200) -> Response:
    letter_id = id_in_path(request, "letter_id")
    async with visit(request) as v:
        found = await views.letter(v.tx, letter_id, v.member().id)
        claim = await claims.claim_of_letter(v.tx, letter_id) if found.side == "caller" else None
        return v.page(
            "letter.html",
            status,
            letter=found,
            texts=await views.texts_of(v.tx, letter_id),
            form=filled or await _begun(v, found),
            most=MOST_ANSWER if found.side == "cast" else MOST_LETTER,
            claim=claim,
            may_claim=claim is None and await _may_claim(v, found),
            may_ask_back=await _may_ask_back(v, found),
            done=request.query.get("done"),
        )


async def _begun(v: Visit, letter: LetterView) -> Filled:
    """The form as it was left: with the draft of an answer."""
    filled = Filled(reader_locale(v.request))
    if letter.may_be_answered:
        filled.values["text"] = await answering.draft_of(v.tx, letter.id)
    return filled


async def _may_claim(v: Visit, letter: LetterView) -> bool:
    if letter.side != "caller" or letter.state != "answered" or letter.ended_at is None:
        return False
    return not (await claim_rules.term(v.tx, v.settings, letter.ended_at)).is_over


async def _may_ask_back(v: Visit, letter: LetterView) -> bool:
    """Whether there is still the one free question; a block is told when it is asked."""
    if letter.side != "caller" or letter.other_gone or letter.asked_back_at is not None:
        return False
    return await asking_back.is_open(v.tx, letter.back_until)


@long_form
async def answer(request: Request) -> Response:
    """Answer a letter, or what was asked back (`back`), or keep what was written (`keep`)."""
    letter_id, form, settings = (
        id_in_path(request, "letter_id"),
        request[FORM],
        request.app[SETTINGS],
    )
    text, keeps = needed(form, "text"), form.get("keep") == "1"
    verb = answering.answer_back if form.get("back") == "1" else answering.answer
    try:
        async with member_transaction(request) as (tx, user):
            if keeps:
                await answering.save_draft(tx, letter_id, user.id, text)
            else:
                await verb(tx, settings, letter_id, user.id, text)
    except UserError as error:
        if error.code not in OF_WORDS:
            raise
        return await _letter(request, _wrong(request, error), refused_status(error))
    if not keeps:
        await request.app[PUSH].letter(letter_id)
    if wants_json(request):
        return json_response({})
    return redirect(f"/letters/{letter_id}?done={'draft' if keeps else 'answered'}")


@long_form
async def ask_back(request: Request) -> Response:
    """Ask back about an answer."""
    letter_id, text = id_in_path(request, "letter_id"), needed(request[FORM], "text")
    try:
        async with member_transaction(request) as (tx, user):
            await asking_back.ask_back(tx, request.app[SETTINGS], letter_id, user.id, text)
    except UserError as error:
        if error.code not in OF_WORDS:
            raise
        return await _letter(request, _wrong(request, error), refused_status(error))
    await request.app[PUSH].letter(letter_id)
    return redirect(f"/letters/{letter_id}?done=asked")


def _wrong(request: Request, error: UserError) -> Filled:
    text = request[FORM]["text"].replace("\r\n", "\n").replace("\0", "")
    locale = reader_locale(request)
    told = translate(locale, error.text, **error.params)
    return Filled(locale, {"text": text}, {"text": told})


async def look(request: Request) -> Response:
    """Show its caller what came last; that they looked is noted."""
    letter_id = id_in_path(request, "letter_id")
    async with member_transaction(request) as (tx, user):
        await asking_back.look(tx, letter_id, user.id)
    await request.app[PUSH].letter(letter_id)
    return redirect(f"/letters/{letter_id}#latest")
