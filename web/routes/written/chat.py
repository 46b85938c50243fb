"""The addresses of chat consultations."""

from aiohttp import web

from web.http.paths import number, secret
from web.pages.chat import acts, chats, choice, handing, lists, photos, staff_word, writing

CHAT = f"/chats/{number('chat_id')}"
HAND_OVER = f"{CHAT}/hand-over"
TO = f"/chats/to/{number('user_id')}"


def chat_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of consultations; those that were sent are there on every site."""
    return [
        web.get("/chats", lists.show_chats),
        web.get("/chats/new", writing.show_form),
        web.post("/chats/new", writing.write),
        web.get(TO, writing.show_form),
        web.post(TO, writing.write),
        web.get("/chats/desk", lists.show_desk),
        web.get("/chats/desk/settings", choice.show_choice),
        web.post("/chats/desk/settings", choice.save_choice),
        web.get(CHAT, chats.show_chat),
        web.post(CHAT, chats.send),
        web.post(f"{CHAT}/photos", chats.send_photos),
        web.get(f"{CHAT}/photos/{secret('picture')}", photos.show_photo),
        web.post(f"{CHAT}/read", chats.read),
        *act_routes(),
    ]


def act_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of what is done with a consultation."""
    return [
        web.post(f"{CHAT}/take", acts.take),
        web.get(f"{CHAT}/end", acts.show_end),
        web.post(f"{CHAT}/end", acts.end),
        web.post(f"{CHAT}/reopen", acts.reopen),
        web.post(f"{CHAT}/withdraw", acts.withdraw),
        web.post(f"{CHAT}/open", acts.open_to_all),
        web.get(f"{CHAT}/staff", staff_word.show_form),
        web.post(f"{CHAT}/staff", staff_word.send),
        web.get(HAND_OVER, handing.show_offer),
        web.post(HAND_OVER, handing.offer),
        web.post(f"{HAND_OVER}/agree", handing.agree),
        web.post(f"{HAND_OVER}/refuse", handing.refuse),
        web.post(f"{HAND_OVER}/drop", handing.drop),
        web.post(f"{HAND_OVER}/take", handing.take),
        web.post(f"{HAND_OVER}/decline", handing.decline),
    ]
