"""The addresses of settings, of second factors, and of going for good."""

from aiohttp import web

from web.http.paths import number
from web.pages.accounts import (
    address_hiding,
    notifications,
    own_data,
    second_factor,
    second_step,
    settings,
    withdrawal,
)

FACTOR = "/settings/second-factor"
PASSKEY = f"/settings/passkeys/{number('passkey_id')}"


def settings_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which members see to their own account."""
    return [
        web.get("/settings", settings.show_settings),
        web.get("/settings/notifications", notifications.show_notifications),
        web.post("/settings/notifications", notifications.set_notifications),
        web.get("/settings/address", address_hiding.show_hiding),
        web.post("/settings/address", address_hiding.set_hiding),
        web.get("/settings/data", own_data.show_own_data),
        web.post("/settings/data", own_data.send_own_data),
        web.get("/settings/withdrawal", withdrawal.show_withdrawal),
        web.post("/settings/withdrawal", withdrawal.withdraw),
        web.get("/withdrawn", withdrawal.show_farewell),
        *factor_routes(),
    ]


def factor_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of second factors, and of signing in with them."""
    return [
        web.get(FACTOR, second_factor.show_factors),
        web.post(f"{FACTOR}/app", second_factor.begin_app),
        web.post(f"{FACTOR}/app/confirm", second_factor.confirm_app),
        web.post(f"{FACTOR}/app/remove", second_factor.remove_app),
        web.post(f"{FACTOR}/codes", second_factor.renew_codes),
        web.post("/settings/passkeys/options", second_factor.passkey_options),
        web.post("/settings/passkeys", second_factor.add_passkey),
        web.post(f"{PASSKEY}/remove", second_factor.remove_passkey),
        web.get("/sign-in/second", second_step.show_second_step),
        web.post("/sign-in/second", second_step.take_second_step),
        web.post("/sign-in/passkey/options", second_step.passkey_sign_in_options),
        web.post("/sign-in/passkey", second_step.passkey_sign_in),
    ]
