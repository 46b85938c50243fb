"""A member and what they have of a telephone."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.telephones import proof_calls, proofs
from tests.world import new_user

NUMBER = "090-1234-5678"
E164 = "+819012345678"


class Member:
    """A member with a telephone in their hand."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings, self.id = database, settings, 0

    async def join(self, nickname: str = "けんじ") -> "Member":
        async with self.database.transaction() as tx:
            self.id = await new_user(tx, nickname)
        return self

    async def ask(self, typed: str = NUMBER) -> int:
        async with self.database.transaction() as tx:
            return await proofs.ask(tx, self.settings, self.id, typed)

    async def hear(self, proof: int) -> proof_calls.SpokenCode | None:
        async with self.database.transaction() as tx:
            return await proof_calls.to_speak(tx, self.settings, proof)

    async def enter(self, code: str) -> bool:
        async with self.database.transaction() as tx:
            return await proofs.enter(tx, self.settings, self.id, code)

    async def prove(self, typed: str = NUMBER) -> "Member":
        told = await self.hear(await self.ask(typed))
        assert told is not None
        assert await self.enter(told.code)
        return self


@pytest.fixture
async def member(database: Database, settings: Settings) -> Member:
    """A member without a number."""
    return await Member(database, settings).join()
