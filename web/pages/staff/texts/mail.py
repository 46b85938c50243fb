"""What an operator says in every mail: written with a mail beside it that shows how it is read."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from notify import frames, letterhead
from notify.frames import MailFrame
from notify.letterhead import Letterhead
from notify.mail import letter
from notify.tables import MOST_CLOSING, MOST_OPENING
from people.desk import mail_frames
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.visit import Visit, reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.texts.form import LANGUAGES, MOST_NUMBER

NAME, TITLE = N_("さくら"), N_("予約が確定しました")
TEXT = N_("こちらは見本です。ここに、お知らせの内容が入ります。")


async def show(request: Request) -> Response:
    """Show the words of both languages."""
    async with staff_visit(request, "site") as (v, _):
        filled = Filled(reader_locale(request))
        for locale in LANGUAGES:
            found = await frames.read(v.tx, locale)
            filled.values |= {
                f"opening_{locale}": found.opening,
                f"closing_{locale}": found.closing,
            }
        return await _page(v, filled)


async def save(request: Request) -> Response:
    """Save both languages, or show mails as they would be (`do` is `preview`)."""
    form, filled = request[FORM], Filled(reader_locale(request))
    async with staff_visit(request, "site") as (v, _):
        words = {locale: _words(filled, form, locale) for locale in LANGUAGES}
        if needed(form, "do") == "preview" or filled.errors:
            return await _page(v, filled, 422 if filled.errors else 200)
    try:
        async with staff_transaction(request, "site") as (tx, user):
            for locale in sorted(words):
                base = integer(needed(form, f"base_{locale}"), 0, MOST_NUMBER)
                await mail_frames.save(tx, locale, *words[locale], base=base, actor_id=user.id)
    except UserError as error:
        filled.errors["base"] = filled.told(error)
        async with staff_visit(request, "site") as (v, _):
            return await _page(v, filled, error.status)
    return redirect("/staff/texts/mail?done=1")


def _words(filled: Filled, form: object, locale: str) -> tuple[str, str]:
    assert isinstance(form, dict)
    opening = filled.take_text(form, f"opening_{locale}", mail_frames.opening_of)
    closing = filled.take_text(form, f"closing_{locale}", mail_frames.closing_of)
    return opening or "", closing or ""


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    now = {locale: await frames.read(v.tx, locale) for locale in LANGUAGES}
    head = await letterhead.read(v.tx)
    samples = {
        locale: _sample(v, filled, locale, head)
        for locale in LANGUAGES
        if not {f"opening_{locale}", f"closing_{locale}"} & set(filled.errors)
    }
    return await staff_page(
        v,
        "staff_text_mail.html",
        status,
        form=filled,
        now=now,
        samples=samples,
        most=(MOST_OPENING, MOST_CLOSING),
        done="done" in v.request.query,
    )


def _sample(v: Visit, filled: Filled, locale: str, head: Letterhead) -> str:
    name, title, text = (translate(locale, one) for one in (NAME, TITLE, TEXT))
    site = v.settings.public_url or "https://talk.example"
    made = letter(locale, name, title, text, "/reservations", site)
    opening, closing = (filled.values[f"{part}_{locale}"] for part in ("opening", "closing"))
    return made.by(head, MailFrame(opening.strip(), closing.strip())).text
