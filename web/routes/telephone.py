"""The addresses of one's own telephone."""

from aiohttp import web

from people.telephones.words import PAGE
from web.pages.telephone import number, pin, practice, spoken_name
from web.pages.telephone.own_telephone import CODE_PAGE


def telephone_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which a member sees to their number, PIN and spoken name."""
    return [
        web.get(PAGE, number.show_telephone),
        web.post(PAGE, number.ask),
        web.get(CODE_PAGE, number.show_code),
        web.post(CODE_PAGE, number.enter_code),
        web.post(f"{PAGE}/remove", number.remove),
        web.post(f"{PAGE}/pin", pin.set_pin),
        web.post(f"{PAGE}/pin/remove", pin.remove_pin),
        web.post(f"{PAGE}/name", spoken_name.change_name),
        web.get(f"{PAGE}/name.wav", spoken_name.hear_name),
        web.post(f"{PAGE}/name/confirm", spoken_name.confirm_name),
    ]


def practice_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the practice telephones, on a demo site that has them only."""
    return [web.get(practice.PAGE, practice.show), web.get(practice.LINE, practice.line)]
