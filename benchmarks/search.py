"""How long the search and the list take among 20,000 rooms, and what the database does for them.

.venv/bin/python -m benchmarks.search [--rooms N] [--rounds N]
"""

import argparse
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place
from benchmarks.report import cpu_seconds, goal, machine, table
from foundation.database import Database, Tx, clock
from foundation.settings import Settings
from rooms.finding import search
from rooms.finding.wishes import RoomWish
from scheduler.room_search import look

ROOMS, ROUNDS = 20_000, 60
GOAL_MS = 30

# What people offer, and what they say of it.
SUBJECTS = (  # noqa: SIM905 - a hundred words read better than as many strings
    "英会話 転職 子育て 離婚 介護 料理 登山 猫 犬 釣り 占い 着付け 将棋 囲碁 競馬"
    " 株式投資 簿記 看護師 保育士 大学受験 就職活動 留学 海外生活 韓国語 中国語"
    " フランス語 旅行 温泉 キャンプ ゲーム 漫画 アニメ 小説 俳句 写真 カメラ 園芸"
    " 家庭菜園 ダイエット 筋トレ マラソン ヨガ 睡眠 うつ 発達障害 不登校 不妊治療 妊娠"
    " 出産 婚活 失恋 同性愛 相続 年金 確定申告 家計簿 引っ越し 住宅ローン 片づけ 掃除"
    " 洗濯 裁縫 編み物 ピアノ ギター 作曲 カラオケ 演劇 映画 美術館 歴史 城 鉄道 バイク"
    " 自動車 プログラミング データ分析 デザイン 動画編集 起業 副業 農業 漁業 林業 教師"
    " 警察 消防 自衛隊 接客 営業 経理 人事 広報 編集 翻訳 通訳 宗教 哲学 心理学"
).split()
SAYINGS = (
    "{a}を二十年続けてきました。{b}のことなら、なんでもお話しできます。",
    "{a}で悩んでいた時期があります。同じ気持ちの方と、ゆっくり話せたらうれしいです。",
    "休みの日は{a}と{b}ばかりしています。はじめての方も歓迎です。",
    "{b}の仕事をしながら、週末に{a}を教えています。小さなことからどうぞ。",
    "うまく話せなくても大丈夫です。{a}の話から、のんびり始めましょう。",
    "東京から山のほうへ移り住み、{a}を始めました。失敗した話もたくさんあります。",
    "ふたりの子どもを育てながら{b}をしています。夜の九時すぎによくいます。",
)
TITLES = (
    "{a}の話をしませんか",
    "はじめての{a}",
    "{a}と{b}のあいだ",
    "{a}の相談にのります",
    "夜の{a}",
)
NAMES = (
    "さくら",
    "はるか",
    "ゆうと",
    "茂雄",
    "ケイト",
    "みどり",
    "かおる",
    "レン",
    "つよし",
    "絹代",
)


@dataclass(frozen=True)
class Case:
    """What is asked for, under a name of its own."""

    name: str
    wish: RoomWish
    page: int = 1


def cases(tomorrow: date) -> list[Case]:
    """What people type and choose."""
    return [
        Case("two kanji, in many texts", RoomWish("登山")),
        Case("kana for kanji", RoomWish("えいかいわ")),
        Case("two kana, a word", RoomWish("ねこ")),
        Case("カナ, two words", RoomWish("データ 転職")),
        Case("one letter wrong", RoomWish("ぷろぐらまんぐ")),
        Case("not there at all", RoomWish("ほにゃららがおか")),
        Case("a word, ¥100 or less, newest", RoomWish("料理", most_rate=100, sort="new")),
        Case("this evening", RoomWish(evening=True)),
        Case("tomorrow at 21, up to ¥120", RoomWish(day=tomorrow, hour=21, most_rate=120)),
        Case("everything, recommended", RoomWish()),
        Case("everything, page 40, by rate", RoomWish(sort="rate"), 40),
        Case(
            "a category, in English, by rating", RoomWish(category=3, language="en", sort="rating")
        ),
        Case("open now, ★4 and more", RoomWish(now=True, rated=True)),
    ]


def fill(found: Place, count: int) -> None:
    """Write rooms, two a cast, with hours on three days of the week."""
    random.seed(7)
    with psycopg.connect(found.owner_url, autocommit=True) as owner, owner.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with cursor.copy(
            "COPY users (email, nickname, password_hash, is_cast, confirmed_at) FROM STDIN"
        ) as copy:
            for n in range(count // 2):
                name = f"{random.choice(NAMES)}{n}"
                copy.write_row((f"u{n}@bench.example", name, HASH, True, "2026-01-01"))
        cursor.execute(
            "INSERT INTO profiles (user_id, languages) SELECT id,"
            " CASE WHEN id % 10 = 0 THEN '{ja,en}'::text[] ELSE '{ja}' END FROM users"
        )
        cursor.execute(
            "INSERT INTO rating_means (cast_id, one, two, three, four, five, sorting_mean)"
            " SELECT id, id % 2, 0, id % 3, id % 5, id % 7, 3 + (id % 20) / 10.0 FROM users"
            " WHERE id % 3 > 0"
        )
        with cursor.copy(
            "COPY rooms (cast_id, title, topic, text, rate, published, booking, category_id)"
            " FROM STDIN"
        ) as copy:
            for n in range(count):
                copy.write_row(_room(n))
        cursor.execute(
            "INSERT INTO room_hours SELECT r.id, (r.id * 3 + d * 2) % 7,"
            " make_time((8 + r.id % 14)::int, 0, 0), make_time((9 + r.id % 14)::int, 30, 0)"
            " FROM rooms r, generate_series(1, 3) d"
        )
        cursor.execute(
            "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms"
            " WHERE id % 200 = 0"
        )
    found.fill()


def _room(n: int) -> tuple[object, ...]:
    a, b = random.sample(SUBJECTS, 2)
    said = "\n".join(
        random.choice(SAYINGS).format(a=random.choice((a, *SUBJECTS)), b=b)
        for _ in range(random.randint(3, 12))
    )
    title = random.choice(TITLES).format(a=a, b=b)[:40]
    rate = random.randrange(50, 400, 10)
    return n // 2 + 1, title, b[:20], said[:1000], rate, True, "direct", n % 9 + 1


async def measure(found: Place, rounds: int) -> tuple[list[tuple[object, ...]], float, str]:
    """Make all findable, then ask in turns; rows of the table, the slowest p95, and a plan."""
    database, settings = Database(found.url, pool_size=1), Settings()
    began = time.perf_counter()
    for _ in range(100):
        await look(settings, database)
        async with database.transaction() as tx:
            if await tx.scalar(sa.text("SELECT count(*) FROM room_search_due")) == 0:
                made = await tx.scalar(sa.text("SELECT count(*) FROM room_search"))
                if made == await tx.scalar(sa.text("SELECT count(*) FROM rooms")):
                    break
    took = time.perf_counter() - began
    print(f"made {made:,} rooms findable in {took:.0f} s", flush=True)
    found.fill()
    async with database.transaction() as tx:
        tomorrow = (await clock(tx)).date() + timedelta(days=1)
    rows: list[tuple[object, ...]] = []
    worst = 0.0
    for case in cases(tomorrow):
        times, busy, count = await _asked(database, settings, case, rounds)
        worst = max(worst, percentile(times, 95))
        pages = _pages(await _plan(database, settings, case))
        figures = (f"{one:.1f}" for one in (busy, percentile(times, 50), percentile(times, 95)))
        rows.append((case.name, f"{count:,}", f"{pages:,}", *figures))
    plan = await _plan(database, settings, Case("", RoomWish("えいかいわ")))
    await database.close()
    return rows, worst, plan


async def _asked(
    database: Database, settings: Settings, case: Case, rounds: int
) -> tuple[Sequence[float], float, int]:
    """The milliseconds of each turn, those of CPU that one takes here and in the database, and the
    number found."""
    times, count, busy = [], 0, 0.0
    async with database.transaction() as tx:
        # Casts who stand by say so all the time: else nobody would be there.
        await tx.execute(sa.text("UPDATE standbys SET seen_at = clock_timestamp()"))
    for turn in range(rounds + 5):
        async with database.transaction() as tx:
            if turn == 5:
                busy = await _cpu_seconds(tx)
            began = time.perf_counter()
            count = (await search.find(tx, settings, None, case.wish, case.page)).count
            if turn >= 5:
                times.append(1000 * (time.perf_counter() - began))
            if turn == rounds + 4:
                busy = 1000 * (await _cpu_seconds(tx) - busy) / rounds
    return times, busy, count


async def _cpu_seconds(tx: Tx) -> float:
    """The CPU seconds of this process and of its one connection's in the database."""
    other = cpu_seconds(int(await tx.scalar(sa.text("SELECT pg_backend_pid()")) or 0))
    return time.process_time() + other


def _pages(plan: str) -> int:
    """How many pages of tables and indexes one query looks at, as the head of its plan says."""
    told = re.search(r"Buffers: shared([^\n]*)", plan)
    return sum(int(n) for n in re.findall(r"(?:hit|read)=(\d+)", told[1])) if told else 0


async def _plan(database: Database, settings: Settings, case: Case) -> str:
    """What the database does for one search: its own account of the query that took longest."""
    seen: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, given: Any, *___: object) -> None:
        seen.append((statement, given))

    sync = database.engine.sync_engine
    sa.event.listen(sync, "before_cursor_execute", note)
    async with database.transaction() as tx:
        await search.find(tx, settings, None, case.wish, case.page)
    sa.event.remove(sync, "before_cursor_execute", note)
    statement, given = max(seen, key=lambda one: len(one[0]))
    async with database.transaction() as tx:
        return await _explained(tx, statement, given)


async def _explained(tx: Tx, statement: str, given: Any) -> str:
    rows = await tx.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", given)
    return "\n".join(row[0] for row in rows)


def main() -> None:
    """Measure what is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rooms", type=int, default=ROOMS)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    with place() as found:
        fill(found, asked.rooms)
        rows, worst, plan = uvloop.run(measure(found, asked.rounds))
    print(table(("asked for", "found", "pages", "CPU, ms", "p50, ms", "p95, ms"), rows), "\n")
    print(goal(f"p95 of the slowest {worst:.1f} ms (≤ {GOAL_MS})", worst <= GOAL_MS))
    print(f"- {machine()}\n\n{plan}")


if __name__ == "__main__":
    main()
