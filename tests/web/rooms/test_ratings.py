"""Ratings by the pages: the form after a talk, the cast's answer, the public list, staff's desk."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.ratings import callers, giving
from tests.rooms.rated import a_cast, old_user, rated, talk_of
from tests.web.conftest import Open
from tests.web.scene import PASSWORD, Browser, hashed, make_user

EVIL = "<script>alert(1)</script>\r\n\"'><img src=x onerror=alert(2)>"


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status
    return await answer.text()


async def user_of(database: Database, user_id: int) -> User:
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    assert user
    return user


async def people(database: Database, **of: float) -> tuple[User, User, int]:
    """A caller, a cast, and an ended talk of theirs."""
    async with database.transaction() as tx:
        caller = await old_user(tx, "けんじ")
        cast, room = await a_cast(tx)
        talk = await talk_of(tx, caller, cast, room, **of)  # type: ignore[arg-type]
    return await user_of(database, caller), await user_of(database, cast), talk


async def staff_of(database: Database, role: str) -> User:
    user = await make_user(database, nickname="職員")
    async with database.transaction() as tx:
        await accounts.make_staff(tx, user.email, role, reason="試験")  # type: ignore[arg-type]
    return await user_of(database, user.id)


async def test_after_a_talk_one_applies_again_where_one_cannot_enter(
    open_browser: Open, database: Database
) -> None:
    caller, cast, talk = await people(database)
    browser, other = await open_browser(), await open_browser()
    await browser.sign_in(caller, database)
    await other.sign_in(cast, database)
    async with database.transaction() as tx:
        room = await tx.scalar(sa.text("SELECT room_id FROM talks WHERE id = :id"), {"id": talk})
    again = f'href="/rooms/{room}/apply"'
    assert again in await text_of(browser, f"/talks/{talk}")
    assert again not in await text_of(other, f"/talks/{talk}")
    # Where it is open one enters.
    stands_by = "INSERT INTO standbys (cast_id, room_id) SELECT cast_id, id FROM rooms"
    for change in (stands_by, "DELETE FROM standbys; UPDATE rooms SET by_application = false"):
        async with database.transaction() as tx:
            for one in change.split(";"):
                await tx.execute(sa.text(one))
        assert again not in await text_of(browser, f"/talks/{talk}")


async def test_a_rating_goes_from_the_form_to_the_cast_and_back_with_an_answer(
    open_browser: Open, database: Database
) -> None:
    caller, cast, talk = await people(database)
    browser, other = await open_browser(), await open_browser()
    await browser.sign_in(caller, database)
    await other.sign_in(cast, database)
    page = await text_of(browser, f"/talks/{talk}")
    assert "さくらさんとのひととき、ありがとうございました" in page
    assert len(re.findall(r'type="radio" name="stars"', page)) == 5
    answer = await browser.post(f"/talks/{talk}/rating", {"stars": "4", "text": EVIL})
    assert answer.status == 303
    assert answer.headers["Location"] == f"/talks/{talk}?done=rated#rating"
    page = await text_of(browser, f"/talks/{talk}?done=rated")
    assert "評価をお預かりしました" in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page
    page = await text_of(other, f"/talks/{talk}")
    assert "5つ星のうち4" in page
    assert "<img src=x" not in page
    assert (
        await other.post(f"/talks/{talk}/rating/answer", {"answer": "ありがとう" + EVIL})
    ).status == 303
    page = await text_of(browser, f"/talks/{talk}")
    assert "さくらさんのお返事" in page
    assert "ありがとう&lt;script&gt;" in page
    assert "評価にお返事が届きました" in await text_of(browser, "/inbox")
    assert "新しい評価が届きました" in await text_of(other, "/inbox")


@pytest.mark.parametrize(
    ("who", "way", "form", "said", "kept"),
    [
        ("caller", "rating", {"stars": "9", "text": "のこる言葉"}, "星の数を選んで", "のこる言葉"),
        ("caller", "rating", {"text": "のこる言葉"}, "星の数を選んでください", "のこる言葉"),
        ("caller", "rating", {"stars": "5", "text": "あ" * 401}, "400文字までで", "あ" * 401),
        ("cast", "caller-rating", {"words": "のこる言葉"}, "を選んでください", "のこる言葉"),
        ("cast", "caller-rating", {"good": "1", "words": "あ" * 201}, "200文字までで", "あ" * 201),
        ("cast", "rating/answer", {"answer": " "}, "お返事をお書きください", "お返事"),
    ],
)  # fmt: skip
async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(
    browser: Browser, database: Database, settings: Settings,
    who: str, way: str, form: dict[str, str], said: str, kept: str,
) -> None:  # fmt: skip
    caller, cast, talk = await people(database)
    if way == "rating/answer":
        async with database.transaction() as tx:
            await giving.rate(tx, settings, talk, caller.id, "4", "")
    await browser.sign_in(caller if who == "caller" else cast, database)
    answer = await browser.post(f"/talks/{talk}/{way}", form)
    assert answer.status == 422
    page = await answer.text()
    assert said in page
    assert kept in page
    assert 'class="error"' in page


@pytest.mark.parametrize("way", ["rating", "rating/answer", "caller-rating"])
async def test_of_a_talk_of_others_nothing_can_be_said(
    browser: Browser, database: Database, way: str
) -> None:
    _, _, talk = await people(database)
    form = {"stars": "5", "text": "", "answer": "あ", "good": "1", "words": ""}
    assert (await browser.post(f"/talks/{talk}/{way}", form)).status == 303
    await browser.sign_in(await make_user(database), database)
    assert (await browser.post(f"/talks/{talk}/{way}", form)).status == 404
    async with database.transaction() as tx:
        for table in ("ratings", "caller_ratings"):
            assert await tx.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0


async def test_a_talk_that_never_connected_thanks_for_nothing_and_stands_apart(
    browser: Browser, database: Database
) -> None:
    async with database.transaction() as tx:
        caller = await old_user(tx, "けんじ")
        cast, room = await a_cast(tx)
        good = await talk_of(tx, caller, cast, room)
        failed = await talk_of(tx, caller, cast, room, minutes=0, reason="never_connected")
        await tx.execute(
            sa.text("UPDATE talks SET connected_ms = 0 WHERE id = :id"), {"id": failed}
        )
    await browser.sign_in(await user_of(database, caller), database)
    page = await text_of(browser, f"/talks/{failed}")
    assert "さくらさんとはつながりませんでした" in page
    assert "ありがとうございました" not in page
    assert 'name="stars"' not in page
    assert f'href="/rooms/{room}"' in page
    history = await text_of(browser, "/talks")
    assert f'"/talks/{good}"' in history
    assert f'"/talks/{failed}"' not in history
    assert "/block" not in history
    assert f'href="/rooms/{room}"' in history
    apart = await text_of(browser, "/talks?show=failed")
    assert f'"/talks/{failed}"' in apart
    assert f'"/talks/{good}"' not in apart


async def test_the_history_shows_stars_and_books_again_where_that_is_possible(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser(page_size=2)
    caller, cast, talk = await people(database)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller.id, "3", "")
        room = await tx.scalar(sa.text("UPDATE rooms SET booking = 'direct' RETURNING id"))
    await browser.sign_in(caller, database)
    page = await text_of(browser, "/talks")
    assert "5つ星のうち3" in page
    assert f'href="/rooms/{room}/book"' in page
    assert "1件・新しい順" in page
    assert f'href="/rooms/{room}/book"' in await text_of(browser, f"/talks/{talk}")
    # Of somebody blocked nothing leads to the room, and the rating can still be given.
    await browser.post(f"/talks/{talk}/block", {"lost": "0"})
    for path in ("/talks", f"/talks/{talk}"):
        assert f'href="/rooms/{room}' not in await text_of(browser, path)
    assert (await browser.post(f"/talks/{talk}/rating", {"stars": "1", "text": ""})).status == 303
    async with database.transaction() as tx:
        for _ in range(4):
            await talk_of(tx, caller.id, cast.id, int(room))
    assert "show=failed" not in await text_of(browser, "/talks?page=2")
    assert 'rel="next"' in await text_of(browser, "/talks?page=2")


async def test_the_cast_reads_what_was_earned_of_what(browser: Browser, database: Database) -> None:
    _, cast, talk = await people(database, minutes=2)
    await browser.sign_in(cast, database)
    page = await text_of(browser, f"/talks/{talk}")
    assert "けんじさんとの通話、おつかれさまでした" in page
    assert "料金200 pt × 80％" in page
    assert ">160<small>pt" in page


async def test_a_casts_list_is_public_from_three_on_and_gone_with_the_room(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    browser = await open_browser()
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
    await rated(database, settings, cast, room, 5, 4, text="ないしょの言葉")
    for path in (f"/rooms/{room}", f"/casts/{cast}/ratings"):
        page = await text_of(browser, path)
        assert "評価は3件" in page
        assert "ないしょの言葉" not in page
    await rated(database, settings, cast, room, *[4] * 20, text="おもての言葉")
    browser = await open_browser()
    page = await text_of(browser, f"/casts/{cast}/ratings")
    assert page.count("おもての言葉") == 20
    assert "22件の評価" in page
    assert "客" not in re.sub(r"お客様", "", page)
    assert "ないしょの言葉" in await text_of(browser, f"/casts/{cast}/ratings?page=2")
    page = await text_of(browser, f"/rooms/{room}")
    assert page.count("おもての言葉") == 3
    assert f'href="/casts/{cast}/ratings"' in page
    for path in ("/casts/999999/ratings", f"/casts/{cast}/ratings?page=0"):
        assert (await browser.get(path)).status in (400, 404)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE rooms SET published = false"))
    browser = await open_browser()
    await text_of(browser, f"/casts/{cast}/ratings", 404)


async def test_who_is_blocked_reads_nothing_of_the_cast(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller, cast, talk = await people(database)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("INSERT INTO blocks (blocker_id, blocked_id) VALUES (:a, :b)"),
            {"a": cast.id, "b": caller.id},
        )
    await browser.sign_in(caller, database)
    await text_of(browser, f"/casts/{cast.id}/ratings", 404)
    assert "評価する" in await text_of(browser, f"/talks/{talk}")


async def test_one_reads_ones_own_standing_and_nobody_elses(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller, cast, talk = await people(database)
    await browser.sign_in(caller, database)
    assert "まだ3件に届いていません" in await text_of(browser, "/settings/standing")
    async with database.transaction() as tx:
        others = [await a_cast(tx, name) for name in ("ひかる", "みどり")]
        talks = {talk: cast.id} | {
            await talk_of(tx, caller.id, other, room): other for other, room in others
        }
    for n, (one, by) in enumerate(talks.items()):
        async with database.transaction() as tx:
            await callers.rate(tx, settings, one, by, "01"[n > 0], "スタッフへ")
    for path in ("/settings", "/settings/standing"):
        assert "良かった 3件中2件" in await text_of(browser, path)
    # What the cast wrote, and of which talk it was, is on none of the caller's pages.
    for one in talks:
        assert "スタッフへ" not in await text_of(browser, f"/talks/{one}")
    await browser.sign_in(await make_user(database), database)
    assert "良かった" not in await text_of(browser, "/settings")


async def test_staff_hide_for_a_named_reason_and_both_read_it(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    caller, cast, talk = await people(database)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller.id, "1", "電話は 090-1111-2222")
        await callers.rate(tx, settings, talk, cast.id, "0", "住所を聞かれました")
    browser = await open_browser()
    await browser.sign_in(await staff_of(database, "support"), database)
    page = await text_of(browser, "/staff/ratings")
    assert "090-1111-2222" in page
    assert "住所を聞かれました" in await text_of(browser, "/staff/ratings?show=words")
    way = f"/staff/ratings/{talk}"
    assert (await browser.post(f"{way}/hide", {"named": "low", "words": "低い"})).status == 400
    answer = await browser.post(f"{way}/hide", {"named": "contact", "words": "電話番号のため"})
    assert answer.status == 303
    assert "電話番号のため" in await text_of(browser, "/staff/ratings?show=hidden")
    for user in (caller, cast):
        reader = await open_browser()
        await reader.sign_in(user, database)
        page = await text_of(reader, f"/talks/{talk}")
        assert "スタッフより：電話番号のため" in page
        assert "連絡先や個人情報が書かれているため" in page
        assert "評価の言葉を非表示にしました" in await text_of(reader, "/inbox")
        assert (await reader.get("/staff/ratings")).status == 404
        assert (await reader.post(f"{way}/show", {"words": "x"})).status == 404
    assert (await browser.post(f"{way}/show", {"words": "間違いでした"})).status == 303
    assert (await text_of(browser, "/staff/ratings?show=hidden")).count("間違い") == 0
    assert "090-1111-2222" in await text_of(browser, f"/staff/ratings?user={cast.id}")
    administrator = await open_browser()
    await administrator.sign_in(await staff_of(database, "administrator"), database)
    page = await text_of(administrator, "/staff/acts")
    assert "評価の言葉を非表示に" in page
    assert "評価の言葉をふたたび表示" in page
    money = await open_browser()
    await money.sign_in(await staff_of(database, "finance"), database)
    assert (await money.get("/staff/ratings")).status == 404


async def test_two_accounts_of_one_browser_are_linked_and_their_stars_count_for_nothing(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=True)
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE users SET is_demo = true"))
    caller, cast, talk = await people(database)
    # Both sign in by the form, one after the other.
    async with database.transaction() as tx:
        await tx.execute(sa.text("UPDATE users SET password_hash = :h"), {"h": hashed()})
    for user in (cast, caller):
        answer = await browser.post(
            "/sign-in", {"email": user.email, "password": PASSWORD, "next": "/talks"}
        )
        assert answer.status == 303
        await text_of(browser, "/talks")
        if user is cast:
            assert browser.cookie("device")
            await browser.post("/sign-out", {})
    assert (
        await browser.post(f"/talks/{talk}/rating", {"stars": "5", "text": "最高"})
    ).status == 303
    page = await text_of(browser, f"/talks/{talk}")
    assert "最高" in page
    assert "同じ端末" not in page
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT linked_by FROM ratings")) == "device"
        assert await tx.scalar(sa.text("SELECT rated FROM rating_means")) == 0


async def test_pages_leave_traces_of_public_addresses_alone(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(trusted_proxies=("127.0.0.0/8", "::1"))
    user = await make_user(database)
    await browser.sign_in(user, database)
    await browser.get("/settings")
    await browser.get("/settings", **{"X-Forwarded-For": "8.8.8.8"})
    await browser.get("/talks", **{"X-Forwarded-For": "8.8.8.8"})
    async with database.transaction() as tx:
        rows = (await tx.execute(sa.text("SELECT kind, length(mark) AS n FROM traces"))).all()
    assert [(row.kind, row.n) for row in rows] == [("address", 32)]
