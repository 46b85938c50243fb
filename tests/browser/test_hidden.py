"""Two real browsers talk through a real TURN server, as soon as a site has one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from foundation.database import Database
from tests.browser.conftest import StartSite, one_talk
from tests.browser.person import Person
from tests.browser.test_talk import CAST, ROOM, room_title
from tests.media import turnserver
from tests.media.network import NO_ADDRESS, own_address
from tests.media.turnserver import HAS_COTURN, SECRET, WITHOUT, TurnServer

ADDRESS = own_address()
pytestmark = [
    pytest.mark.browser,
    one_talk,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not HAS_COTURN, reason=WITHOUT),
    pytest.mark.skipif(not ADDRESS, reason=NO_ADDRESS),
]
KEPT = """
const Connection = window.RTCPeerConnection;
window.made = [];
window.RTCPeerConnection = class extends Connection {
  constructor(...given) { super(...given); window.made.push(this); }
};
"""
WAY = """
async () => {
  const all = await window.made.at(-1).getStats();
  const transport = [...all.values()].find((one) => one.type === "transport");
  const pair = all.get(transport.selectedCandidatePairId);
  const [local, remote] = [all.get(pair.localCandidateId), all.get(pair.remoteCandidateId)];
  return { local: local.candidateType, remote: remote.candidateType, port: remote.port };
}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TurnServer]:
    """A TURN server on the machine's own address."""
    folder = tmp_path / "coturn"
    folder.mkdir()
    started = turnserver.start(folder, address=ADDRESS, relay=ADDRESS)
    yield started
    started.stop()


async def way(person: Person) -> dict[str, Any]:
    """What the connection of a person's page goes through."""
    told: dict[str, Any] = await person.page.evaluate(WAY)
    return told


@pytest.mark.parametrize("hide", ["", "all"])
async def test_a_cast_is_hidden_from_the_start_and_both_where_the_site_says_so(
    browser: Browser, start_site: StartSite, database: Database, server: TurnServer, hide: str
) -> None:
    urls = [f"turn:{ADDRESS}:{server.port}?transport={kind}" for kind in ("udp", "tcp")]
    site = await start_site(
        HITOTOKI_TURN_URLS=",".join(urls),
        HITOTOKI_TURN_SECRET=SECRET,
        HITOTOKI_HIDE_ADDRESSES=hide,
    )
    people = []
    for nickname in (CAST, "健太"):
        person = await Person.visit(browser, site.url)
        await person.page.add_init_script(KEPT)
        await person.sign_in(nickname)
        people.append(person)
    cast, caller = people
    await cast.stand_by(await room_title(database))
    await caller.enter(ROOM)
    for person in people:
        await person.see("talking")
        assert await person.sees_the_other_move()
    hidden, other = await way(cast), await way(caller)
    assert hidden["local"] == "relay"
    assert (other["remote"], other["port"] in range(49160, 49288)) == ("relay", True)
    if hide:
        assert other["local"] == hidden["remote"] == "relay"
