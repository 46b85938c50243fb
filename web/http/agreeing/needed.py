"""The question whether somebody has to agree first, at the door of every page."""

from urllib.parse import quote

from aiohttp.web import Request, RequestKey

from foundation.database import Tx
from foundation.language import N_
from people.accounts.accounts import User
from rooms.ground.live import live_talk
from web.http.agreeing.exempt import is_exempt
from web.http.paths import way_back
from web.http.session import SignInNeededError

AGREEMENT = "/agreement"

# Set once somebody was asked, or refused for another reason: the page that says so asks no more.
_ASKED = RequestKey("asked_to_agree", bool)


class AgreementNeededError(SignInNeededError):
    """A page for who has agreed to what holds; the door shows the way there and back."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.code = "agreement_needed"
        self.text = N_("変更された内容のご確認をお願いします。")
        self.undone = N_("変更された内容のご確認が必要なため、操作は行われていません。")
        self.sign_in = f"{AGREEMENT}?next={quote(back, safe='/')}"


async def must_have_agreed(request: Request, tx: Tx, user: User | None) -> None:
    """Let pass who owes no agreement, or begins nothing new; nobody is drawn away from a talk.

    Raises AgreementNeededError for anyone else, once a request.
    """
    if user is None or not user.owes_agreement or _ASKED in request:
        return
    resource = request.match_info.route.resource
    if resource is None or is_exempt(resource.canonical) or await live_talk(tx, user.id):
        return
    ask_no_more(request)
    raise AgreementNeededError(way_back(request))


def ask_no_more(request: Request) -> None:
    """Let what is left of a request, the page of a refusal, be made without asking."""
    request[_ASKED] = True
