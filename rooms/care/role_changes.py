"""Giving somebody a role among staff, another one, or none. There is always an administrator."""

from collections.abc import Mapping

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.accounts import StaffRole
from people.desk import roles, sanctions
from people.desk.sanctions import Standing
from record.acts import log_act, reason_of
from rooms.ground import refusals

TITLE = N_("スタッフとしての役割が変わりました")
TEXT = N_("あなたの役割は「%(role)s」になりました。")
NAMES: Mapping[StaffRole | None, str] = {
    "support": N_("サポート"),
    "finance": N_("経理"),
    "administrator": N_("管理者"),
    None: N_("なし"),
}


async def change_role(
    tx: Tx,
    settings: Settings,
    actor_id: int,
    user_id: int,
    role: StaffRole | None,
    reason: str,
) -> None:
    """Give a person a role among staff, another one, or none; they are told.

    Raises UserError `reason_needed` (400), `person_unknown` (404), `sanction_of_staff` (403),
    `role_same`, `role_needs_member` for one who is shut out or unconfirmed, and
    `last_administrator`.
    """
    why = reason_of(reason)
    # Of two changes at once, the second sees what the first has left.
    await sanctions.lock(tx, actor_id, user_id, *await sanctions.administrators(tx))
    others = await sanctions.other_administrators(tx, user_id)
    person = await sanctions.known(tx, user_id)
    actor = await sanctions.known(tx, actor_id)
    if actor.state != "active" or not roles.may(actor.staff_role, "people.role"):
        raise sanctions.only_by_administrators()
    _must_be_possible(person, role)
    if person.staff_role == "administrator" and not others:
        raise refusals.last_administrator()
    await sanctions.set_role(tx, user_id, role)
    detail = {"before": person.staff_role, "after": role}
    await log_act(tx, actor_id, "person.role", f"user:{user_id}", reason=why, **detail)
    await _tell(tx, settings, person, role)


def _must_be_possible(person: Standing, role: StaffRole | None) -> None:
    if person.staff_role == role:
        raise UserError("role_same", N_("この会員は、すでにその役割です。"))
    if role is not None and (person.is_shut_out or not person.confirmed):
        raise UserError(
            "role_needs_member",
            N_("メールアドレスの確認が済んだ、利用中の会員だけに役割をつけられます。"),
        )


async def _tell(tx: Tx, settings: Settings, person: Standing, role: StaffRole | None) -> None:
    name = translate(person.locale, NAMES[role])
    await inbox.tell(
        tx,
        person.user_id,
        kind="safety",
        title=translate(person.locale, TITLE),
        text=translate(person.locale, TEXT, role=name),
        site=settings.public_url,
    )
