"""The addresses of one's account: signing in, registering, mailed links, what is changed later."""

from aiohttp import web

from web.http.paths import number
from web.pages.accounts import (
    email_change,
    password_change,
    password_reset,
    registration_link,
    sign_in,
    sign_up,
    signed_in_devices,
)


def account_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which people sign in, register and look after their account."""
    return [
        web.get("/sign-in", sign_in.show_sign_in),
        web.post("/sign-in", sign_in.sign_in),
        web.post("/sign-out", sign_in.sign_out),
        *registration_routes(),
        *credential_routes(),
    ]


def registration_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of becoming a member."""
    return [
        web.get("/sign-up", sign_up.show_sign_up),
        web.post("/sign-up", sign_up.sign_up),
        web.get("/sign-up/confirm", sign_up.show_confirm),
        web.post("/sign-up/confirm", sign_up.register),
        web.get("/sign-up/sent", sign_up.show_sent),
        web.post("/sign-up/again", sign_up.send_again),
        web.get("/sign-up/link", registration_link.show_link),
        web.post("/sign-up/link", registration_link.complete),
        web.get("/sign-up/done", registration_link.show_done),
    ]


def credential_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which a password or an e-mail address is changed."""
    return [
        web.get("/forgotten-password", password_reset.show_forgotten),
        web.post("/forgotten-password", password_reset.forgot),
        web.get("/forgotten-password/sent", password_reset.show_sent),
        web.get("/password-reset", password_reset.show_reset),
        web.post("/password-reset", password_reset.reset),
        web.get("/email-change", email_change.show_link),
        web.post("/email-change", email_change.change),
        web.get("/email-change/done", email_change.show_done),
        web.get("/settings/email", email_change.show_email),
        web.post("/settings/email", email_change.ask),
        web.get("/settings/password", password_change.show_password),
        web.post("/settings/password", password_change.change),
        web.get("/settings/devices", signed_in_devices.show_devices),
        web.post("/settings/devices/others", signed_in_devices.sign_out_others),
        web.post(f"/settings/devices/{number('session_id')}", signed_in_devices.sign_out_one),
    ]
