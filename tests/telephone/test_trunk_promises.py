"""What the page for operators promises of the line, one by one, on the real one."""

import re
from collections.abc import AsyncIterator

import pytest

from telephone.port import PhoneLeg
from tests.telephone.phone import Phone
from tests.telephone.sounds import tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from telephone.trunk.line import TrunkLine
from tests.telephone.test_trunk import NUMBER, answered, lines, until
from tests.telephone.trunk_double import TrunkDouble

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def trunk() -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble() as trunk:
        yield trunk


@pytest.fixture
async def line(trunk: TrunkDouble) -> AsyncIterator[TrunkLine]:
    async with lines(trunk, listen="127.0.0.1:15078", ports=(21400, 21599)) as line:
        await until(lambda: line.away is None)
        yield line


async def test_session_timers_may_be_offered_and_not_required(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    peer = ("127.0.0.1", trunk.port)
    async with Phone(6801) as requires, Phone(6802) as offers:
        requires.call(NUMBER, peer, "Require: timer", "Session-Expires: 1800")
        await requires.until("420 INVITE")
        assert taken == []
        offers.call(NUMBER, peer, "Supported: timer", "Session-Expires: 1800;refresher=uac")
        await until(lambda: taken)
        await taken[0].answer()
        await offers.until("200 INVITE")


async def test_the_sites_own_number_is_shown_and_nobody_elses(line: TrunkLine) -> None:
    async with Phone(6803) as a, Phone(6804) as b:
        await answered(line, a)
        await answered(line, b)
        for phone, other in ((a, b), (b, a)):
            invite = phone.dialog["invite"]
            assert re.search(rf"sips?:{NUMBER}@", invite["from"])
            said = " ".join([invite.first, invite.body, *(value for _, value in invite.all)])
            assert other.number not in said


async def test_the_address_that_is_registered_can_not_be_guessed(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    assert re.match(rf"sips?:{NUMBER}-[A-Za-z0-9]{{8,}}@", trunk.registered[NUMBER])


async def test_a_telephone_has_us_ring_nobody_at_our_cost(
    line: TrunkLine, trunk: TrunkDouble
) -> None:
    async with Phone(6805, tone(440)) as phone, Phone(6806) as dear:
        leg = await answered(line, phone)
        phone.extra["REFER"] = [f"Refer-To: <sip:{dear.number}@127.0.0.1>"]
        phone.request("REFER")
        # It is taken note of, and then refused.
        await until(lambda: phone.times("NOTIFY") >= 2)
        before = leg.heard_ms
        await until(lambda: leg.heard_ms > before + 300)
        assert dear.events == []
        assert not any(dear.number in first for first in trunk.seen)
