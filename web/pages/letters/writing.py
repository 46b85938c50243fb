"""Writing a letter to a cast: the form, the last look with price and rules, and sending it."""

from dataclasses import dataclass

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import translate
from foundation.numbers import integer
from rooms.talk import caps
from signaling.push import PUSH
from web.http.forms import Filled, long_form, needed
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.points import paying
from web.pages.points.paying import REFUSED_TAB, pays_of
from web.pages.questions.threads import press_in, refused_status
from writing.ground.words import words_of
from writing.letters import sending
from writing.letters.offers import ShownOffer
from writing.letters.sending import LetterToSend
from writing.letters.tables import MOST_LETTER, MOST_POINTS

# What is wrong with the words; then with the person or the moment: the words are kept for both.
OF_WORDS = ("words_blank", "words_too_long")
ON_PAGE = ("letters_full", "letter_waiting", "letters_too_many", "not_confirmed", "own_letter")
# What the last look can put right by itself: another way to pay, the price as it is now.
IN_LOOK = (
    "points_short", "own_limit_reached", "receivable_open", "letter_price_changed", *REFUSED_TAB,
)  # fmt: skip


@dataclass(frozen=True)
class RefusedLetter:
    """A refusal as a page tells it, and what helps against it."""

    code: str
    text: str
    help: dict[str, str] | None


async def show_form(request: Request) -> Response:
    """Show the form for a letter to a cast."""
    return await _form(request, "")


@long_form
async def look(request: Request) -> Response:
    """Show the last page before anything is paid; or the form again, to write more (`edit`)."""
    form, text = request[FORM], _typed(request)
    if needed(form, "step") == "edit":
        return await _form(request, text)
    try:
        words_of(text, MOST_LETTER)
    except UserError as error:
        return await _form(request, text, error)
    return await _look(request, text, new_token())


@long_form
async def send(request: Request) -> Response:
    """Send the letter that was looked at."""
    cast_id, form, text = id_in_path(request, "cast_id"), request[FORM], _typed(request)
    press, pays = press_in(form), pays_of(form)
    points = integer(needed(form, "points"), 1, MOST_POINTS)
    written = LetterToSend(text, points, press, pays)
    try:
        async with member_transaction(request) as (tx, user):
            made = await caps.send_letter(tx, request.app[SETTINGS], cast_id, user.id, written)
    except UserError as error:
        if error.code in IN_LOOK:
            return await _look(request, text, press, error, pays)
        if error.code in (*OF_WORDS, *ON_PAGE):
            return await _form(request, text, error)
        raise
    await request.app[PUSH].letter(made)
    return redirect(f"/letters/{made}?done=sent")


def _typed(request: Request) -> str:
    """What was typed, as it goes back into its form."""
    return needed(request[FORM], "text").replace("\r\n", "\n").replace("\0", "")


async def _form(request: Request, text: str, error: UserError | None = None) -> Response:
    cast_id = id_in_path(request, "cast_id")
    filled = Filled(reader_locale(request), {"text": text})
    async with visit(request) as v:
        if error is not None and error.code in OF_WORDS:
            filled.errors["text"] = _said(v, error)
        offer, refusal = await _offer(v, cast_id)
        return v.page(
            "letter_write.html",
            refused_status(error) if error else 200,
            cast_id=cast_id,
            offer=offer,
            refusal=refusal,
            form=filled,
            most=MOST_LETTER,
        )


async def _look(
    request: Request, text: str, press: str, error: UserError | None = None, pays: str = ""
) -> Response:
    cast_id = id_in_path(request, "cast_id")
    async with visit(request) as v:
        offer, refusal = await _offer(v, cast_id)
        if refusal is not None:
            return await _form(request, text)
        ways = await paying.choice(v, offer.points, takes_tab=offer.takes_tab, asked=pays)
        return v.page(
            "letter_look.html",
            refused_status(error) if error else 200,
            cast_id=cast_id,
            offer=offer,
            ways=ways,
            refusal=_refused(v, error) if error else None,
            text=text,
            press=press,
        )


async def _offer(v: Visit, cast_id: int) -> tuple[ShownOffer, RefusedLetter | None]:
    """What a cast offers, and why one may not send them a letter now, where one may not."""
    user = v.member()
    offer = await sending.offer_of(v.tx, v.settings, cast_id, user.id)
    try:
        await sending.must_take_one(v.tx, v.settings, cast_id, user.id)
    except UserError as error:
        return offer, _refused(v, error)
    return offer, None


def _refused(v: Visit, error: UserError) -> RefusedLetter:
    return RefusedLetter(error.code, _said(v, error), help_for(v.request, error))


def _said(v: Visit, error: UserError) -> str:
    return translate(reader_locale(v.request), error.text, **error.params)
