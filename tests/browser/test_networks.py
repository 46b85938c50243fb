"""Two homes, whatever their routers let through, and a talk that finds its way all the same."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from foundation.database import Database
from foundation.embedded import APP_ROLE, EmbeddedPostgres
from tests.browser import apart
from tests.browser.apart import Apart
from tests.browser.conftest import in_one_loop, one_talk
from tests.browser.forked_site import ForkedSite
from tests.browser.homes import (
    NO_UDP,
    PLAIN,
    SITE,
    SYMMETRIC,
    Homes,
    Rules,
    homes,
    only_https,
    turn_space,
)
from tests.browser.lab import NoLabError
from tests.browser.person import Person
from tests.browser.site import ROOT, Site, proxy_to
from tests.browser.test_talk import ROOM, room_title
from tests.conftest import TEMPLATE, Owner, copy_of

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(400)]

# ICE may take a relay first, and a better way later.
WAY_SECONDS = 40

# Keeps the page's newest connection at hand.
KEEP = """
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) {
    super(...given);
    window.connection = this;
  }
};
"""
SELECTED = """async () => {
  const all = [...(await window.connection.getStats()).values()];
  const named = (id) => all.find((entry) => entry.id === id);
  const transport = all.find((entry) => entry.type === "transport");
  const pair = named(transport?.selectedCandidatePairId);
  const [local, remote] = [named(pair?.localCandidateId), named(pair?.remoteCandidateId)];
  return local && remote
    ? [local.candidateType, remote.candidateType, local.relayProtocol ?? ""]
    : null;
}"""
SOUND = """async () => {
  const all = [...(await window.connection.getStats()).values()];
  const sound = all.find((entry) => entry.type === "inbound-rtp" && entry.kind === "audio");
  return [sound?.bytesReceived ?? 0, sound?.packetsLost ?? 0];
}"""


# A run that tells its lab's number, and is killed meanwhile.
KILLED = """
import time
from tests.browser.homes import homes
with homes() as place:
    print(place.number, flush=True)
    time.sleep(60)
"""


@dataclass(frozen=True)
class Way:
    """How one side's packets go: what its own and the other's address are, and by what it relays.

    `relays_by` is `udp`, `tcp` or `tls`, and empty where it needs no relay of its own.
    """

    own: str
    other: str
    relays_by: str

    @property
    def direct(self) -> bool:
        """Whether no relay is on it."""
        return "relay" not in (self.own, self.other)


@dataclass
class Street:
    """The homes, a site between them, and a browser in each."""

    homes: Homes
    site: Site
    browsers: list[Browser]
    title: str

    @property
    def base(self) -> str:
        """Where the site is, as both homes see it."""
        return base_of(self.site)

    @asynccontextmanager
    async def talk(self, cast: Rules, caller: Rules) -> AsyncIterator[Apart]:
        """A talk through two routers with these rules, hung up at the end."""
        for home, rules in zip(self.homes.computers, (cast, caller), strict=True):
            home.obey(rules)
        room = ROOM, self.title
        try:
            both = await apart.begin(self.homes, self.base, self.browsers, room, _keep_connections)
            yield both
            await _hang_up(both)
        finally:
            for browser in self.browsers:
                for context in browser.contexts:
                    await context.close()


def base_of(site: Site) -> str:
    return f"http://{SITE}:{site.port}"


async def _keep_connections(*people: Person) -> None:
    for person in people:
        await person.page.add_init_script(KEEP)


async def _hang_up(both: Apart) -> None:
    await both.caller.hang_up()
    await both.caller.see_account()
    await both.cast.see_account()
    assert (await both.caller.account())["end_reason"] == "caller_left"
    assert both.caller.problems == both.cast.problems == []


@in_one_loop(scope="module")
async def street(
    postgres: EmbeddedPostgres, server_owner: Owner, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Street]:
    """One for all of the tests: only the routers' rules change."""
    async with AsyncExitStack() as opened:
        try:
            place = opened.enter_context(homes())
        except NoLabError as reason:
            pytest.skip(f"no homes with routers here: {reason}")
        name = opened.enter_context(copy_of(server_owner, TEMPLATE))
        url = postgres.url(APP_ROLE, name)
        site = await ForkedSite.start(
            url,
            None,
            tmp_path_factory.mktemp("street"),
            HITOTOKI_HOST="0.0.0.0",
            HITOTOKI_HIDE_ADDRESSES="choice",
            **place.turn.settings,
        )
        opened.push_async_callback(site.stop)
        # By IPv6 it answers through a proxy, as an operator's would.
        await opened.enter_async_context(proxy_to(site.port, host=place.address6, at=site.port))
        computers = apart.two_browsers(place, base_of(site), place.turn.trust)
        browsers = await opened.enter_async_context(computers)
        database = Database(url, pool_size=1)
        opened.push_async_callback(database.close)
        yield Street(place, site, browsers, await room_title(database))


async def ways(both: Apart) -> tuple[Way, Way] | None:
    """The cast's way and the caller's, once both have one."""
    found = [await person.page.evaluate(SELECTED) for person in (both.cast, both.caller)]
    return (Way(*found[0]), Way(*found[1])) if all(found) else None


async def goes(both: Apart, wanted: Callable[[Way, Way], bool]) -> None:
    """Wait until the talk goes a way, the cast's and the caller's, on which it must go on."""
    until = time.monotonic() + WAY_SECONDS
    while (found := await ways(both)) is None or not wanted(*found):
        assert time.monotonic() < until, found
        await asyncio.sleep(0.5)
    await goes_on(both)
    found = await ways(both)
    assert found is not None
    assert wanted(*found), found


async def goes_on(both: Apart, seconds: float = 4) -> None:
    """For some seconds both are heard, and both are metered."""
    people = both.cast, both.caller
    before = [await progress(person) for person in people]
    await apart.settle(both, seconds)
    after = [await progress(person) for person in people]
    for (sound, meter), (more_sound, more_meter) in zip(before, after, strict=True):
        assert more_sound > sound, (before, after)
        assert more_meter > meter, (before, after)


async def progress(person: Person) -> tuple[int, int]:
    """How many bytes of the other's sound have come, and how many ms are on the meter."""
    sound, _ = await person.page.evaluate(SOUND)
    return int(sound), await person.value("meter-time")


def directly(cast: Way, caller: Way) -> bool:
    return cast.direct and caller.direct


def relayed_by_udp_alone(cast: Way, caller: Way) -> bool:
    relays = {cast.relays_by, caller.relays_by} - {""}
    return relays == {"udp"} and not cast.direct and not caller.direct


async def test_through_plain_routers_it_goes_directly(street: Street) -> None:
    async with street.talk(PLAIN, PLAIN) as both:
        await goes(both, directly)


async def test_through_symmetric_routers_it_is_relayed_by_udp(street: Street) -> None:
    async with street.talk(SYMMETRIC, SYMMETRIC) as both:
        await goes(both, relayed_by_udp_alone)


async def test_without_udp_on_either_side_it_is_relayed_by_tcp(street: Street) -> None:
    async with street.talk(NO_UDP, NO_UDP) as both:
        await goes(both, lambda cast, caller: cast.relays_by == caller.relays_by == "tcp")


async def test_without_udp_on_one_side_that_side_relays_by_tcp(street: Street) -> None:
    async with street.talk(PLAIN, NO_UDP) as both:
        await goes(both, lambda cast, caller: caller.relays_by == "tcp" and cast.relays_by != "tcp")


async def test_where_only_port_443_is_open_it_is_relayed_by_tls(street: Street) -> None:
    rules = only_https(street.site.port)
    async with street.talk(rules, rules) as both:
        await goes(both, lambda cast, caller: cast.relays_by == caller.relays_by == "tls")


async def test_between_ipv6_only_and_ipv4_only_it_is_relayed(street: Street) -> None:
    with street.homes.computers[0].with_ipv6_only():
        async with street.talk(PLAIN, PLAIN) as both:
            await goes(both, relayed_by_udp_alone)


async def test_with_every_twentieth_packet_lost_it_goes_on(street: Street) -> None:
    async with street.talk(PLAIN, Rules(loss=5)) as both:
        await goes_on(both, 10)
        for person in (both.cast, both.caller):
            _, lost = await person.page.evaluate(SOUND)
            assert lost > 0


async def test_an_upload_of_256_kilobits_a_second_holds_a_talk(street: Street) -> None:
    async with street.talk(PLAIN, PLAIN) as both:
        caller = street.homes.computers[1]
        caller.narrow(256)
        try:
            narrowed = time.time()
            for _ in range(4):
                await goes_on(both, 5)
            for person in (both.cast, both.caller):
                seen = await person.page.evaluate("window.flow.seen")
                # The picture may suffer, and say so.
                late = {shown.partition(":")[0] for at, shown in seen if at / 1000 > narrowed}
                assert late <= {"talking"}, seen
        finally:
            caller.widen()


async def test_a_run_that_is_killed_takes_its_turn_server_along() -> None:
    with subprocess.Popen([sys.executable, "-c", KILLED], cwd=ROOT, stdout=subprocess.PIPE) as run:
        assert run.stdout
        number = run.stdout.readline().decode().strip()
        if not number:
            pytest.skip("no homes with routers here")
        assert running_in(turn_space(int(number)))
        run.kill()
    async with asyncio.timeout(30):
        while running_in(turn_space(int(number))):
            await asyncio.sleep(0.1)


def running_in(space: str) -> list[str]:
    """The processes in a namespace; what it leaves else, the next lab of its number removes."""
    found = subprocess.run(["ip", "netns", "pids", space], capture_output=True, check=False)
    return found.stdout.decode().split()
