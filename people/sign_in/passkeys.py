"""Passkeys (WebAuthn): a key in a person's device, which asks them for a finger, a face or a PIN.

It proves who somebody is and that they are there, so it stands for both password and second factor.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from sqlalchemy.dialects.postgresql import insert
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import token_hash
from foundation.language import N_
from people.accounts.accounts import USER_COLUMNS, User, user_of
from people.accounts.tables import users
from people.sign_in import steps
from people.sign_in.sessions import may_come_in
from people.sign_in.steps import Step
from people.sign_in.tables import NAME_CHARACTERS, passkeys
from record.site import particulars

MOST_PASSKEYS = 10
LONGEST_ANSWER = 8000


@dataclass(frozen=True)
class Site:
    """The site as browsers know it: the name that passkeys are bound to, and its origin."""

    rp_id: str
    origin: str

    @classmethod
    def of(cls, origin: str) -> "Site":
        """Return the site at an origin such as https://talk.example."""
        return cls(urlsplit(origin).hostname or "", origin)

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys here: not for a bare address of the network."""
        try:
            ip_address(self.rp_id)
        except ValueError:
            return bool(self.rp_id)
        return False


@dataclass(frozen=True)
class Passkey:
    """One of a user's passkeys."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


async def of(tx: Tx, user_id: int) -> list[Passkey]:
    """Return a user's passkeys, the oldest first."""
    rows = await tx.execute(
        sa.select(passkeys.c.id, passkeys.c.name, passkeys.c.made_at, passkeys.c.used_at)
        .where(passkeys.c.user_id == user_id)
        .order_by(passkeys.c.id)
    )
    return [Passkey(**row) for row in rows.mappings()]


async def begin_adding(tx: Tx, site: Site, user: User, browser: str) -> str:
    """Return, as JSON, what a browser needs to make a passkey. Raises UserError `passkeys_full`."""
    known = (
        await tx.scalars(sa.select(passkeys.c.credential_id).where(passkeys.c.user_id == user.id))
    ).all()
    if len(known) >= MOST_PASSKEYS:
        raise UserError("passkeys_full", N_("パスキーは%(most)s個までです。"), most=MOST_PASSKEYS)
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=(await particulars.read(tx)).name(user.locale),
        user_name=user.email,
        user_display_name=user.nickname,
        # The same for each of a user's passkeys, and tells nobody who that is.
        user_id=token_hash(f"passkey {user.member_number}"),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    await steps.begin(tx, browser, "new_passkey", user_id=user.id, challenge=options.challenge)
    return str(webauthn.options_to_json(options))


async def add(tx: Tx, site: Site, user: User, step: Step | None, answer: str, name: str) -> None:
    """Keep the passkey that a browser has made in a step, which is over, under a name.

    Raises UserError `passkey_refused` (400) for an answer that isn't one to what was asked.
    """
    if step is None or step.challenge is None or step.user_id != user.id:
        raise refused()
    made = _verified_new(site, step.challenge, answer)
    kept = await tx.scalar(
        insert(passkeys)
        .values(
            user_id=user.id,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=" ".join(name.split())[:NAME_CHARACTERS] or site.rp_id,
        )
        .on_conflict_do_nothing()
        .returning(passkeys.c.id)
    )
    if kept is None:
        raise refused()


def _verified_new(site: Site, challenge: bytes, answer: str) -> VerifiedRegistration:
    try:
        return webauthn.verify_registration_response(
            credential=_parsed(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:
        # What a stranger sends can break the parts of the library in more ways than it names.
        raise refused() from error


async def begin_signing_in(tx: Tx, site: Site, browser: str) -> str:
    """Return, as JSON, what a browser needs to look for a passkey of this site, whosever it is."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    await steps.begin(tx, browser, "passkey", challenge=options.challenge)
    return str(webauthn.options_to_json(options))


async def sign_in(tx: Tx, site: Site, step: Step | None, answer: str) -> User:
    """Return whose passkey has answered the challenge of a step, which is over.

    Raises UserError `passkey_refused` (400), also for an account that may not come in.
    """
    if step is None or step.challenge is None:
        raise refused()
    credential = _parsed(answer)
    found = await _known(tx, credential)
    if found is None:
        raise refused()
    key, user = found
    sign_count = _verified_count(site, step.challenge, credential, key)
    await tx.execute(
        sa.update(passkeys)
        .where(passkeys.c.id == key["key_id"])
        .values(sign_count=sign_count, used_at=sa.func.clock_timestamp())
    )
    return user


def _verified_count(
    site: Site, challenge: bytes, credential: dict[str, Any], key: sa.RowMapping
) -> int:
    """Return how often the passkey was used by now, as its verified answer says."""
    try:
        proved = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=bytes(key["public_key"]),
            credential_current_sign_count=key["sign_count"],
            require_user_verification=True,
        )
    except Exception as error:
        # What a stranger sends can break the parts of the library in more ways than it names.
        raise refused() from error
    return proved.new_sign_count


async def remove(tx: Tx, user_id: int, passkey_id: int) -> str | None:
    """Forget one of a user's passkeys; return its name, or None where it isn't theirs."""
    name: str | None = await tx.scalar(
        sa.delete(passkeys)
        .where(passkeys.c.id == passkey_id, passkeys.c.user_id == user_id)
        .returning(passkeys.c.name)
    )
    return name


async def remove_all(tx: Tx, user_id: int) -> None:
    """Forget all passkeys of a user."""
    await locks.delete(tx, passkeys, passkeys.c.user_id == user_id)


async def _known(tx: Tx, credential: dict[str, Any]) -> tuple[sa.RowMapping, User] | None:
    try:
        credential_id = base64url_to_bytes(credential["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    mine = passkeys.c.credential_id == credential_id
    await locks.lock(tx, sa.select(passkeys.c.id).where(mine))
    key_id = passkeys.c.id.label("key_id")
    query = (
        sa.select(*USER_COLUMNS, key_id, passkeys.c.public_key, passkeys.c.sign_count)
        .join(users, users.c.id == passkeys.c.user_id)
        .where(mine, may_come_in())
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return (row, user_of(row)) if row else None


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST_ANSWER:
        raise refused()
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise refused() from error
    if not isinstance(credential, dict):
        raise refused()
    return credential


def refused() -> UserError:
    """Return the refusal of a passkey; one text, whatever was wrong."""
    return UserError(
        "passkey_refused",
        N_("パスキーを確認できませんでした。もう一度お試しください。"),
        status=400,
    )
