"""How long a member of staff takes for forty ordinary claims, by keys alone, in a real browser.

.venv/bin/python -m benchmarks.desk [--claims 40]

What is pressed and waited for is real. How long a person reads is reckoned by a rule: eight
characters a second of what the caller and the cast say, five seconds for the picture of
the evidence, two to decide, and 0.28 for each key.
"""

import argparse
import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from playwright.async_api import async_playwright

from benchmarks.report import goal, machine, table
from benchmarks.server import durable_server
from foundation.database import Database
from points import audit
from tests.browser.conftest import AWAKE, CHROMIUM, FLAGS
from tests.browser.desk_hands import WorkedOff, decide_next, let_claims_wait
from tests.browser.person import Person
from tests.browser.site import Site
from tests.browser.test_desk import STAFF

CLAIMS, GOAL_MINUTES = 40, 20
CHARACTERS_A_SECOND, A_LOOK, A_THOUGHT, A_KEY = 8.0, 5.0, 2.0, 0.28


def reckoned(one: WorkedOff) -> float:
    """Return the seconds that a person needs to read one claim and to decide, by the rule."""
    reading = one.characters / CHARACTERS_A_SECOND
    return reading + A_LOOK + A_THOUGHT + one.keys * A_KEY


async def measure(count: int) -> list[WorkedOff]:
    """Work off so many claims on a demo site of their own; the books must hold afterwards."""
    with durable_server() as server, TemporaryDirectory() as folder:
        site = await Site.start(server.url(), server.owner_url, Path(folder) / "site")
        database = Database(server.url(), pool_size=2)
        try:
            await let_claims_wait(database, count)
            done = await _work_off(site)
            async with database.transaction() as tx:
                assert not [proof for proof in await audit.prove(tx) if proof.broken]
        finally:
            await database.close()
            await site.stop()
    return done


async def _work_off(site: Site) -> list[WorkedOff]:
    done = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *AWAKE])
        page = (await Person.arrive(browser, site.url, STAFF)).page
        await page.goto(f"{site.url}/staff/claims")
        while one := await decide_next(page):
            done.append(one)
        await browser.close()
    return done


def main() -> None:
    """Measure, and print what a claim costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=CLAIMS)
    count = parser.parse_args().claims
    done = uvloop.run(measure(count))
    assert len(done) == count, f"{len(done)} of {count} were worked off"
    waited = [one.seconds for one in done]
    person = [reckoned(one) for one in done]
    whole = sum(waited) + sum(person)
    print(machine())
    print(
        table(
            ("claims", "keys a claim", "machine median s", "machine most s", "a person s", "min"),
            [
                (
                    str(count),
                    f"{statistics.mean(one.keys for one in done):.1f}",
                    f"{statistics.median(waited):.2f}",
                    f"{max(waited):.2f}",
                    f"{statistics.mean(person):.1f}",
                    f"{whole / 60:.1f}",
                )
            ],
        )
    )
    print(goal(f"under {GOAL_MINUTES} minutes", whole / 60 < GOAL_MINUTES))


if __name__ == "__main__":
    main()
