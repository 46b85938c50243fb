"""Second factors: what an account has of them, and whether a session was opened with one."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.accounts import User
from people.sign_in import (
    passkeys,
    recovery_codes,
    sessions,
    steps,
    totp,
)
from people.sign_in.passkeys import Passkey
from people.sign_in.tables import passkeys as passkey_table
from people.sign_in.tables import totp_keys
from record.acts import log_act

Change = Literal["app_on", "app_off", "passkey_on", "passkey_off", "codes", "code_used", "reset"]

TITLES: dict[Change, str] = {
    "app_on": N_("認証アプリを登録しました"),
    "app_off": N_("認証アプリの登録を解除しました"),
    "passkey_on": N_("パスキーを登録しました"),
    "passkey_off": N_("パスキーを削除しました"),
    "codes": N_("リカバリーコードを新しくしました"),
    "code_used": N_("リカバリーコードでサインインしました"),
    "reset": N_("2段階認証が解除されました"),
}
TEXT = N_(
    "お心当たりのない場合は、すぐにパスワードを変え、"
    "「サインイン中の端末」からほかの端末をサインアウトしてください。"
)


@dataclass(frozen=True)
class Factors:
    """What an account has: an authenticator app, passkeys, and how many recovery codes."""

    app: bool
    passkeys: list[Passkey]
    codes_left: int

    @property
    def any(self) -> bool:
        """Whether signing in needs more than the password."""
        return self.app or bool(self.passkeys)


async def of(tx: Tx, user_id: int) -> Factors:
    """Return what an account has."""
    return Factors(
        await totp.has(tx, user_id),
        await passkeys.of(tx, user_id),
        await recovery_codes.left(tx, user_id),
    )


async def has_any(tx: Tx, user_id: int) -> bool:
    """Say whether signing in to an account needs more than the password."""
    app = sa.exists().where(totp_keys.c.user_id == user_id, totp_keys.c.confirmed_at.is_not(None))
    key = sa.exists().where(passkey_table.c.user_id == user_id)
    return bool(await tx.scalar(sa.select(sa.or_(app, key))))


async def proved(tx: Tx, user: User, session_token: str | None, settings: Settings) -> bool:
    """Say whether a session was opened with a second factor, or one was proved in it since.

    The made-up people of a demo site, in whose name anybody may act, need none.
    """
    if settings.demo and user.is_demo:
        return True
    return session_token is not None and await sessions.is_proved(tx, session_token)


async def use_code(
    tx: Tx, settings: Settings, user_id: int, typed: str
) -> Literal["app", "recovery"] | None:
    """Say of what a typed code was one: of the app or for recovery. None: of neither.

    It is used now. The transaction is to be committed in any case: wrong codes are counted.
    """
    if await recovery_codes.use(tx, user_id, typed):
        return "recovery"
    return "app" if await totp.use(tx, settings, user_id, typed) else None


async def tidy(tx: Tx, user_id: int) -> None:
    """After one factor is gone: with the last of them go the codes, and what was proved by it."""
    if not await has_any(tx, user_id):
        await recovery_codes.remove(tx, user_id)
        await sessions.unprove_all(tx, user_id)


async def remove_all(tx: Tx, user_id: int) -> None:
    """Forget every second factor of an account, and every step that waits for one."""
    await steps.end_all(tx, user_id)
    await totp.remove(tx, user_id)
    await passkeys.remove_all(tx, user_id)
    await recovery_codes.remove(tx, user_id)


async def reset(
    tx: Tx, settings: Settings, user: User, *, actor_id: int | None, reason: str
) -> None:
    """Take every second factor from an account whose owner has lost them; they are told.

    From now on its password alone signs in. Every device is signed out.
    """
    await remove_all(tx, user.id)
    await sessions.close_all(tx, user.id)
    await tell(tx, settings, user, "reset")
    await log_act(tx, actor_id, "second_factor.reset", f"user:{user.id}", reason=reason)


async def tell(tx: Tx, settings: Settings, user: User, change: Change) -> None:
    """Tell the owner of an account what has changed, by inbox and by mail, which can't be off."""
    await inbox.tell(
        tx,
        user.id,
        kind="security",
        title=translate(user.locale, TITLES[change]),
        text=translate(user.locale, TEXT),
        link="/settings/second-factor",
        site=settings.public_url,
    )
