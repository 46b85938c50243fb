"""What a page test needs: people, a room, and a browser that fills in forms as one does."""

import re
from functools import lru_cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from argon2 import PasswordHasher

from foundation.database import Database
from people.accounts import accounts, passwords
from people.accounts.accounts import User
from people.accounts.rules import normal_password
from people.sign_in import sessions
from points import ledger
from rooms.ground.tables import rooms, standbys
from tests import world

PASSWORD = "ひとときの合言葉 42"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
SCRIPT = {"Accept": "application/json"}


def hashed(password: str = PASSWORD) -> str:
    """Hash a password once for all tests that hash alike."""
    return _hashed(passwords._hasher, password)


@lru_cache
def _hashed(hasher: PasswordHasher, password: str) -> str:
    return hasher.hash(normal_password(password))


async def make_user(database: Database, **given: Any) -> User:
    """Make an account, confirmed unless said otherwise."""
    wanted: dict[str, Any] = {
        "nickname": "さくら",
        "email": f"{uuid4().hex}@example.jp",
        "password_hash": hashed(),
        "confirmed": True,
    }
    async with database.transaction() as tx:
        user = await accounts.register(tx, **(wanted | given))
    assert user
    return user


async def make_room(
    database: Database, cast: User, *, rate: int = 100, waiting: bool = True
) -> int:
    """Make a published room, its cast on stand-by in it."""
    async with database.transaction() as tx:
        room_id = await tx.scalar(
            sa.insert(rooms)
            .values(cast_id=cast.id, title="お茶の時間", topic="雑談", rate=rate, published=True)
            .returning(rooms.c.id)
        )
        if waiting:
            await tx.execute(sa.insert(standbys).values(cast_id=cast.id, room_id=room_id))
    assert room_id is not None
    return int(room_id)


async def give(database: Database, user: User, points: int) -> None:
    """Give a user points that were bought: of given ones a cast would earn nothing."""
    async with database.transaction() as tx:
        await world.buy(tx, user.id, points)


async def gift(database: Database, user: User, points: int) -> None:
    """Give a user points for nothing."""
    async with database.transaction() as tx:
        await ledger.grant(tx, user.id, points, "試験", actor_id=None, key=uuid4().hex)


async def buy(database: Database, user: User, points: int = 3000, bonus: int = 0) -> int:
    """Let a user have bought points on the demo; return the purchase."""
    async with database.transaction() as tx:
        return await world.buy(tx, user.id, points, bonus)


class Browser:
    """One browser: keeps cookies, follows no redirect by itself, sends a form's token with it."""

    def __init__(self, client: TestClient[Request, Application]) -> None:
        self.client = client

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(path, headers=BROWSER | headers, allow_redirects=False)

    async def csrf(self) -> str:
        """Return the token of a page that is open to all."""
        found = re.search('name="csrf" content="([^"]+)"', await (await self.get("/guide")).text())
        assert found
        return found[1]

    async def post(
        self, path: str, form: dict[str, str], headers: dict[str, str] | None = None
    ) -> ClientResponse:
        """Send a form from one of the site's own pages."""
        return await self.client.post(
            path,
            data={"csrf": await self.csrf()} | form,
            headers=BROWSER | (headers or {}),
            allow_redirects=False,
        )

    async def sign_in(self, user: User, database: Database, *, proved: bool = True) -> str:
        """Sign in without the form, as with a second factor; return the token."""
        async with database.transaction() as tx:
            token = await sessions.open_for(tx, user.id, days=30, proved=proved)
        self.client.session.cookie_jar.update_cookies({"session": token}, self.client.make_url("/"))
        return token

    def cookie(self, name: str) -> str | None:
        """Return a cookie that this browser holds."""
        return next((c.value for c in self.client.session.cookie_jar if c.key == name), None)
