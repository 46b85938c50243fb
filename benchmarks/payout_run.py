"""How long a finance person takes for a run of payouts, by the pages alone, in a real browser.

.venv/bin/python -m benchmarks.payout_run [--casts 200] [--rejected 3]

Whatever is pressed, typed and waited for is real; how long a person needs to look and to act is
reckoned by a rule. The run is an ordinary one: most of its casts were paid before, so what is
marked is what is new or odd of it. What happens at the bank is left out.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
import uvloop
from playwright.async_api import async_playwright

from benchmarks.report import goal, machine, table
from benchmarks.server import durable_server, new_database
from benchmarks.staff_hands import COUNTED, Hand, Steps
from foundation.database import Database
from foundation.settings import Settings
from tests.browser.conftest import AWAKE, CHROMIUM, FLAGS
from tests.browser.person import Person
from tests.browser.site import Site
from tests.payouts.payday import Payday
from tests.payouts.zengin_reader import read

CASTS, REJECTED = 200, 3
GOAL_MINUTES = 10
FIRST, SECOND = "スタッフ森", "スタッフ佐倉"
WHY = "名義相違"
PAYER = {
    "transfer_code": "1234567890",
    "transfer_name": "ヒトトキ",
    "transfer_account": "0001-001-1-7654321",
    "talk_seller": "cast",
    "payout": "request",
    # Also of a few casts, the second person is asked for.
    "payout_second_yen": "1",
}
NAMES = ("あや", "みさき先生", "Katherine M.", "夜更かしの湯たんぽ", "さくらんぼ農家の三代目")


# Of so many casts one is new, one has named another account since, one came back the last time
# and was confirmed, and one asks for far more than ever.
NEW, MOVED, CAME_BACK, MORE = 20, 40, 100, 100
MUCH = 60


async def earn(day: Payday, casts: int) -> None:
    """Let casts have earned and asked for the second time; one has the account of their caller."""
    made = {}
    for number in range(casts):
        cast = await day.cast(f"{NAMES[number % len(NAMES)]}{number + 1}")
        await day.account(cast, number=f"{number + 1:07}")
        minutes = 6 + number % 9
        await day.earn(cast, 2 * minutes + (MUCH if number % MORE == 3 else 0))
        made[cast] = minutes
        if number % 50 == 0:
            await day.top_up()
    await day.account(day.caller, number=f"{1:07}")
    await day.pass_days(45)
    await before(day, made)
    for number, (cast, minutes) in enumerate(made.items()):
        if number % MOVED == 1:
            await day.account(cast, number=f"{number + 1_000_000:07}")
        await day.ask(cast, 1000 * (minutes + (MUCH if number % MORE == 3 else 0)))


async def before(day: Payday, made: dict[int, int]) -> None:
    """Let all but the new ones have been paid a month ago, and what came back be confirmed."""
    first, second = await day.staff("経理1"), await day.staff("経理2")
    known = [cast for number, cast in enumerate(made) if number % NEW]
    asked = {cast: await day.ask(cast, made[cast] * 1000) for cast in known}
    run = await day.gather(first)
    await day.agreed(run, first, second)
    await day.close(run, first)
    for cast in known[1::CAME_BACK]:
        await day.reject(asked[cast], first, second)
        await day.confirm(cast)
    await day.pass_days(30)


async def open_desk(hand: Hand, base: str) -> None:
    """From the staff's first page to the payouts."""
    await hand.person.page.goto(f"{base}/staff")
    await hand.press("振込", role="link")


async def pay(day: Payday, hands: tuple[Hand, Hand], base: str, rejected: int) -> Steps:
    """All that is done from gathering to the last rejection."""
    first, second = hands
    steps = Steps(hands)
    await open_desk(first, base)
    await first.press("件をまとめる")
    steps.note("gather")
    await first.look_through()
    await first.press("確かめたので次へ")
    steps.note("look through")
    await open_desk(second, base)
    await second.press("振込のまとまり", role="link")
    await second.look_through()
    await second.press("同意する")
    steps.note("the second person looks through, and agrees")
    await first.reload()
    file = await taken(first)
    steps.note("take the bank's file")
    assert len(read(file).data) == day_casts(day)
    await come(day)
    await first.reload()
    await first.press("振込を完了にする")
    steps.note("close, once the bank has done it")
    await reject(first, [row["customer_1"].lstrip("0") for row in read(file).data[:rejected]])
    steps.note(f"note {rejected} that the bank sent back")
    await agree_to_all(second, base)
    steps.note("the second person agrees to these")
    return steps


def day_casts(day: Payday) -> int:
    """How many casts there are to pay."""
    return len(day.rooms)


async def taken(hand: Hand) -> bytes:
    """Take the file for the bank."""
    async with hand.person.page.expect_download() as waited:
        await hand.press("銀行のファイル（全銀形式）", leads=False)
    return Path(await (await waited.value).path()).read_bytes()


async def come(day: Payday) -> None:
    """Let the pay day come."""
    async with day.owner.transaction() as tx:
        come = "UPDATE payout_runs SET pay_on = current_date - 1 WHERE state = 'agreed'"
        await tx.execute(sa.text(come))


async def reject(hand: Hand, payouts: Sequence[str]) -> None:
    """Note one by one what the bank sent back, each from its line."""
    page = hand.person.page
    for payout in payouts:
        await hand.press(f"振込{payout}が戻った", role="link")
        await hand.type(page.get_by_label("銀行の理由（キャストに届きます）"), WHY)
        await hand.press("2人目に確認してもらう")


async def agree_to_all(hand: Hand, base: str) -> None:
    """Agree to all that waits for a second person."""
    await hand.reload()
    while await hand.person.page.get_by_role("button", name="同意して、報酬に戻す").count():
        await hand.press("同意して、報酬に戻す")


async def prove(day: Payday, rejected: int) -> None:
    """All are paid but those that the bank sent back, and the books are right."""
    async with day.database.transaction() as tx:
        latest = "WHERE run_id = (SELECT max(id) FROM payout_runs) GROUP BY 1"
        counted = await tx.execute(sa.text(f"SELECT state, count(*) AS n FROM payouts {latest}"))
        assert {row.state: row.n for row in counted} == {
            "paid": len(day.rooms) - rejected,
            "rejected": rejected,
        }
    await day.prove()


async def main(casts: int, rejected: int) -> None:
    """Measure and tell."""
    with durable_server() as server, TemporaryDirectory() as folder:
        url, owner_url = new_database(server, "payouts")
        data = Path(folder) / "data"
        site_side, owner_side = Database(url, pool_size=3), Database(owner_url, pool_size=2)
        settings = Settings(demo=True, data=data, **PAYER)  # type: ignore[arg-type]
        day = await Payday.of(site_side, owner_side, settings)
        await earn(day, casts)
        more = {f"HITOTOKI_{name.upper()}": value for name, value in PAYER.items()}
        site = await Site.start(url, None, data, **more)
        try:
            steps, hands = await run(day, site, rejected)
            await prove(day, rejected)
        finally:
            # What the harness has to tell of the site's log is no part of the table.
            with redirect_stdout(sys.stderr):
                await site.stop()
            for database in (site_side, owner_side):
                await database.close()
    tell(steps, hands, casts)


async def run(day: Payday, site: Site, rejected: int) -> tuple[Steps, tuple[Hand, Hand]]:
    """Let two of the staff do it, each in a browser of their own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *AWAKE])
        first, second = [
            Hand(await Person.arrive(browser, site.url, name)) for name in (FIRST, SECOND)
        ]
        return await pay(day, (first, second), site.url, rejected), (first, second)


def tell(steps: Steps, hands: tuple[Hand, Hand], casts: int) -> None:
    """Print the table."""
    rows = [(step, *_figures(row)) for step, row in steps.taken]
    whole = [sum(row[place] for _, row in steps.taken) for place in range(len(COUNTED))]
    heads = ("", "presses", "keys", "pages", "lines", "marked", "waited, s", "reckoned, s",
             "reading all, s")  # fmt: skip
    print(table(heads, [*rows, ("**all**", *_figures(whole))]), "\n")
    minutes, every = whole[-2] / 60, whole[-1] / 60
    slowest = max(hand.slowest for hand in hands)
    print(goal(f"a run of {casts} casts takes {minutes:.1f} minutes (≤ {GOAL_MINUTES})",
               minutes <= GOAL_MINUTES))  # fmt: skip
    print(f"- who reads each line as well takes {every:.1f} minutes")
    print(f"- the slowest page took {slowest:.1f} s; {machine()}")


def _figures(row: Sequence[float]) -> list[str]:
    return [f"{one:,.0f}" for one in row[:5]] + [
        f"{row[5]:.1f}",
        *(f"{one:.0f}" for one in row[6:]),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--casts", type=int, default=CASTS)
    parser.add_argument("--rejected", type=int, default=REJECTED)
    given = parser.parse_args()
    uvloop.run(main(given.casts, given.rejected))
