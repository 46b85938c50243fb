"""Photos: what comes in is drawn anew or refused, and only its owner changes anything of it."""

import asyncio
import io
import struct
import zlib
from typing import Any
from unittest.mock import MagicMock

import pytest
import sqlalchemy as sa
from aiohttp import FormData
from PIL import Image

from foundation.database import Database
from foundation.errors import UserError
from foundation.places import Places
from foundation.settings import Settings
from foundation.threads import CrowdedError
from people.accounts.accounts import User
from people.accounts.tables import users
from people.meeting import drawing, pictures
from people.meeting.tables import photos
from tests.web.conftest import Open
from tests.web.scene import BROWSER, SCRIPT, Browser, make_room, make_user
from web.http.keys import DRAWING
from web.http.uploads import MOST_FILE

UPLOAD = "/console/profile/photos"
SECONDS = 60
MARK = b"<script>alert(document.domain)</script>"


def picture(
    size: tuple[int, int] = (640, 480), mode: str = "RGB", color: Any = "teal"
) -> Image.Image:
    return Image.new(mode, size, color)


def file(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


def gradient(size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture that is not of one colour."""
    return Image.linear_gradient("L").resize(size).convert("RGB")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png_that_claims(width: int, height: int) -> bytes:
    """The beginning of a PNG whose header names a size; there is next to nothing behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which nobody looks at photos first: that is told in test_looks."""
    return settings.model_copy(update={"rooms_looked_at": False})


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast, signed in."""
    user = await make_user(database, is_cast=True)
    await browser.sign_in(user, database)
    return user


async def send(
    browser: Browser, data: bytes, *, headers: dict[str, str] = BROWSER, **more: str
) -> Any:
    form = FormData()
    form.add_field("csrf", more.get("csrf") or await browser.csrf())
    form.add_field("photo", data, filename="../../x.svg", content_type="image/svg+xml")
    return await browser.client.post(UPLOAD, data=form, headers=headers, allow_redirects=False)


async def stored(database: Database) -> list[Any]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(photos).order_by(photos.c.position, photos.c.id)))


async def portrait_of(database: Database, user: User) -> str | None:
    async with database.transaction() as tx:
        found: str | None = await tx.scalar(
            sa.select(users.c.portrait).where(users.c.id == user.id)
        )
        return found


async def test_a_photo_is_shown_by_its_random_name_and_kept_for_ever(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    answer = await send(browser, file(picture((3000, 2000))))
    assert answer.status == 303, await answer.text()
    (photo,) = await stored(database)
    assert len(photo.name) == 43
    anyone = await open_browser()
    for end, kind, size in (
        (".webp", "image/webp", (1600, 1067)),
        ("-320.webp", "image/webp", (320, 320)),
        ("-card.jpg", "image/jpeg", (1200, 630)),
    ):
        shown = await anyone.get(f"/photos/{photo.name}{end}")
        assert shown.status == 200
        assert shown.content_type == kind
        assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Content-Disposition"] == "inline"
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert opened(await shown.read()).size == size
    for wrong in (f"/photos/{'x' * 43}.webp", f"/photos/{photo.name}.svg", "/photos/1.webp"):
        assert (await anyone.get(wrong)).status == 404


async def test_the_first_photo_is_the_portrait_everywhere(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    await send(browser, file(picture()))
    await send(browser, file(picture(color="red")))
    first, second = await stored(database)
    assert await portrait_of(database, cast) == f"/photos/{first.name}-320.webp"
    page = await (await (await open_browser()).get(f"/rooms/{room}")).text()
    assert f'src="/photos/{first.name}-320.webp"' in page
    assert f'href="/photos/{second.name}.webp"' in page
    assert f'href="/photos/{first.name}.webp"' not in page
    assert f"/rooms/{room}/card-ja-" in page


async def test_order_choice_and_deletion_are_the_owners(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    for color in ("red", "green", "blue"):
        await send(browser, file(picture(color=color)))
    red, green, blue = [photo.id for photo in await stored(database)]
    await browser.post(f"{UPLOAD}/{blue}/move", {"way": "forward"})
    assert [photo.id for photo in await stored(database)] == [red, blue, green]
    await browser.post(f"{UPLOAD}/{red}/move", {"way": "forward"})
    assert [photo.id for photo in await stored(database)] == [red, blue, green]
    await browser.post(f"{UPLOAD}/{green}/portrait", {})
    name = next(photo.name for photo in await stored(database) if photo.id == green)
    assert await portrait_of(database, cast) == f"/photos/{name}-320.webp"
    other = await open_browser()
    await other.sign_in(await make_user(database, is_cast=True), database)
    for act in ("delete", "portrait", "move"):
        answer = await other.post(f"{UPLOAD}/{green}/{act}", {"way": "back"})
        assert answer.status == 404
    assert len(await stored(database)) == 3
    await browser.post(f"{UPLOAD}/{green}/delete", {})
    assert await portrait_of(database, cast) is None
    assert (await browser.get(f"/photos/{name}.webp")).status == 404


async def test_there_are_seven_at_most(browser: Browser, database: Database, cast: User) -> None:
    for red in range(7):
        assert (await send(browser, file(picture(color=(red * 30, 0, 0))))).status == 303
    answer = await send(browser, file(picture()))
    assert answer.status == 409
    assert len(await stored(database)) == 7


async def test_a_photo_that_is_sent_twice_is_there_once(
    browser: Browser, database: Database, cast: User
) -> None:
    data = file(gradient())
    answers = [await send(browser, data), await send(browser, data)]
    assert {answer.headers["Location"] for answer in answers} == {
        "/console/profile?saved=photo#photos"
    }
    assert len(await stored(database)) == 1


async def test_where_it_was_taken_is_gone_and_it_stands_upright(
    browser: Browser, database: Database, cast: User
) -> None:
    image = picture((600, 400))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (35.0, 39.0, 31.0)
    data = file(image, exif=exif, comment=b"SecretComment")
    assert b"SecretCamera" in data
    assert (await send(browser, data)).status == 303
    (photo,) = await stored(database)
    for kept in (photo.whole, photo.portrait, photo.card):
        assert b"Secret" not in kept
        assert b"Exif" not in kept
        assert len(opened(kept).getexif()) == 0
    assert (photo.width, photo.height) == (400, 600)
    assert opened(photo.whole).size == (400, 600)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_of_a_polyglot_only_the_picture_is_kept(
    browser: Browser, database: Database, cast: User, kind: str
) -> None:
    assert (await send(browser, file(picture(), kind) + MARK)).status == 303
    (photo,) = await stored(database)
    for kept in (photo.whole, photo.portrait, photo.card):
        assert MARK not in kept
        assert b"script" not in kept


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_missing"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "photo_unreadable"),
        (MARK, "photo_unreadable"),
        (b"GIF89a" + bytes(500), "photo_unreadable"),
        (file(picture(), "GIF"), "photo_unreadable"),
        (file(picture(), "TIFF"), "photo_unreadable"),
        (file(picture())[:-2000] if len(file(picture())) > 4000 else file(picture())[:600],
         "photo_unreadable"),
        (png_that_claims(640, 480), "photo_unreadable"),
        (png_that_claims(10_000, 10_000), "photo_too_large"),
        (png_that_claims(60_000, 60_000), "photo_too_large"),
        (png_that_claims(8_000, 5_001), "photo_too_large"),
        (file(picture((199, 800))), "photo_too_small"),
        (file(picture((20_000, 200))), "photo_too_narrow"),
        (file(picture((200, 1601))), "photo_too_narrow"),
        (file(gradient())[: len(file(gradient())) // 2], "photo_unreadable"),
        (file(gradient(), "WEBP")[:-12], "photo_unreadable"),
        (b"\0\0\0\x18ftypheic" + bytes(500), "photo_heif"),
        (b"\0\0\0\x1cftypavif" + bytes(500), "photo_heif"),
    ],
    # A photo's bytes are no name: what a test is called stands in the environment of its processes.
    ids=lambda one: one if isinstance(one, str) else "photo",
)  # fmt: skip
async def test_what_is_no_photo_is_refused(
    browser: Browser, database: Database, cast: User, data: bytes, code: str
) -> None:
    answer = await send(browser, data)
    assert answer.status == 422
    assert "photo-error" in await answer.text()
    if data:
        with pytest.raises(UserError, match=code):
            pictures.redraw(data)
    assert await stored(database) == []


@pytest.mark.parametrize(
    ("image", "kind", "options"),
    [
        (picture(mode="CMYK", color=(0, 255, 255, 0)), "JPEG", {}),
        (picture(mode="L", color=90), "JPEG", {}),
        (picture(mode="P"), "PNG", {}),
        (picture(mode="RGBA", color=(255, 0, 0, 128)), "PNG", {}),
        (picture(mode="LA", color=(90, 40)), "PNG", {}),
        (picture(mode="1", color=1), "PNG", {}),
        (picture(mode="I;16", color=30_000), "PNG", {}),
        (picture(), "WEBP", {"save_all": True, "append_images": [picture(color="red")]}),
        (picture(), "PNG", {"save_all": True, "append_images": [picture(color="red")]}),
        (picture(), "JPEG", {"progressive": True}),
        (picture(), "JPEG", {"icc_profile": b"no profile at all"}),
    ],
)
def test_every_kind_of_photo_becomes_one_plain_picture(
    image: Image.Image, kind: str, options: dict[str, Any]
) -> None:
    made = pictures.redraw(file(image, kind, **options))
    for kept, name in ((made.whole, "WEBP"), (made.portrait, "WEBP"), (made.card, "JPEG")):
        seen = opened(kept)
        assert (seen.format, seen.mode) == (name, "RGB")
        assert getattr(seen, "n_frames", 1) == 1
        assert not seen.info.get("icc_profile")


def test_a_red_cmyk_photo_stays_red() -> None:
    made = pictures.redraw(file(picture(mode="CMYK", color=(0, 255, 255, 0))))
    red, green, blue = opened(made.whole).convert("RGB").getpixel((300, 200))  # type: ignore[misc]
    assert red > 180
    assert green < 90
    assert blue < 90


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("lost", [1, 2])
def test_a_jpeg_without_its_end_is_whole(lost: int, options: dict[str, Any]) -> None:
    data = file(gradient(), **options)
    assert data.endswith(pictures.JPEG_END)
    made = pictures.redraw(data[:-lost])
    assert made.whole == pictures.redraw(data).whole


def test_48_megapixels_are_taken_where_they_are_decoded_in_part() -> None:
    assert pictures.redraw(file(gradient((8064, 6048)))).width == 1600
    for kind, size, mode in (("JPEG", (9300, 6900), "RGB"), ("JPEG", (8064, 6048), "CMYK")):
        with pytest.raises(UserError, match="photo_too_large"):
            pictures.redraw(file(picture(size, mode, 0), kind))


def test_a_photo_with_its_depth_is_decoded_in_part_too() -> None:
    """Phones put a second picture into the file, and it is no plain JPEG any more."""
    large = gradient((8064, 6048))
    data = file(large, "MPO", save_all=True, append_images=[picture((200, 200))])
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.format == "MPO"
    assert pictures.redraw(data).width == 1600


def test_a_grey_photo_is_decoded_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    plain = pictures._in_plain_mode

    def note(image: Image.Image) -> Image.Image:
        seen.append(image.size)
        return plain(image)

    monkeypatch.setattr(pictures, "_in_plain_mode", note)
    assert pictures.redraw(file(gradient((6400, 4800)).convert("L"))).width == 1600
    assert max(seen[0]) < 6400


@pytest.mark.usefixtures("cast")
async def test_a_member_who_sends_too_many_at_once_is_told_beside_the_form(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = MagicMock(side_effect=CrowdedError)
    assert browser.client.app
    monkeypatch.setattr(browser.client.app[DRAWING], "place", full)
    answer = await send(browser, file(picture()))
    assert answer.status == 503
    assert "写真の処理が混み合っています" in await answer.text()


async def test_too_many_photos_at_once_are_asked_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_places", Places(1, waiting=0))
    data = file(picture())
    outcomes = await asyncio.gather(
        *(drawing.make(data, SECONDS) for _ in range(5)), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, UserError)]
    assert {each.code for each in refused} == {"photos_crowded"}
    assert len(outcomes) - len(refused) == 1
    assert (await drawing.make(data, SECONDS)).width == 640


async def test_a_file_that_is_too_large_is_not_read(
    browser: Browser, database: Database, cast: User
) -> None:
    for bytes_too_many in (1, 20_000):
        answer = await send(browser, bytes(MOST_FILE + bytes_too_many))
        page = await answer.text()
        assert answer.status == 413
        assert "8 MBまで" in page
        assert 'href="/console/profile' in page
    assert await stored(database) == []


async def test_without_this_browsers_token_nothing_is_kept(
    browser: Browser, database: Database, cast: User
) -> None:
    for csrf in ("x" * 80, "x"):
        answer = await send(browser, file(picture()), headers=SCRIPT, csrf=csrf)
        assert (answer.status, (await answer.json())["code"]) == (403, "page_outdated")
    form = FormData()
    form.add_field("photo", file(picture()), filename="x")
    form.add_field("csrf", await browser.csrf())
    answer = await browser.client.post(UPLOAD, data=form, headers=SCRIPT)
    assert answer.status == 403
    elsewhere = await send(
        browser, file(picture()), headers=SCRIPT | {"Origin": "https://evil.example"}
    )
    assert (await elsewhere.json())["code"] == "other_site"
    assert await stored(database) == []


async def test_only_named_addresses_take_files(browser: Browser, cast: User) -> None:
    form = FormData()
    form.add_field("csrf", await browser.csrf())
    form.add_field("text", "x", filename="x")
    assert (await browser.client.post("/console/profile", data=form)).status == 415


async def test_the_form_says_what_photos_are_made_to_fit(browser: Browser, cast: User) -> None:
    page = await (await browser.get("/console/profile")).text()
    assert f'data-side="{pictures.MOST_SIDE}" data-least="{pictures.LEAST_SIDE}"' in page
    assert f'data-ratio="{pictures.MOST_RATIO}" data-bytes="{MOST_FILE}"' in page
    assert 'accept="image/*"' in page


@pytest.mark.parametrize(
    "body",
    [b"", b"--x--\r\n", b"--x\r\nno headers", b"--x\r\n\r\nhello\r\n--x--\r\n", b"nothing at all"],
)
async def test_a_form_that_no_browser_would_send_is_refused(
    browser: Browser, cast: User, body: bytes
) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await browser.client.post(UPLOAD, data=body, headers=SCRIPT | kind)
    assert answer.status in (400, 403)
    assert (await browser.get("/console/profile")).status == 200


async def test_an_address_sends_only_so_many_photos_an_hour(
    open_browser: Open, database: Database
) -> None:
    browser = await open_browser(upload_tries=1)
    await browser.sign_in(await make_user(database, is_cast=True), database)
    assert (await send(browser, file(picture()))).status == 303
    assert (await send(browser, file(picture()))).status == 429


async def test_photos_are_for_casts(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    assert (await send(browser, file(picture()))).status == 403
    assert await stored(database) == []


async def test_the_profile_is_shown_as_plain_text_with_its_lines(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    room = await make_room(database, cast)
    form = {"text": "はじめまして\r\n<b>猫</b>が好き\x00", "topics": "#猫、旅行, 旅行、\t本"}
    answer = await browser.post("/console/profile", form)
    assert answer.status == 303, await answer.text()
    page = await (await (await open_browser()).get(f"/rooms/{room}")).text()
    assert "<p>はじめまして</p><p>&lt;b&gt;猫&lt;/b&gt;が好き</p>" in page
    for topic in ("猫", "旅行", "本"):
        assert page.count(f"<li>{topic}</li>") == 1


@pytest.mark.parametrize(
    "wrong",
    [{"text": "あ" * 1001}, {"topics": "、".join("abcdefghi")}, {"topics": "あ" * 13}],
)
async def test_a_profile_out_of_bounds_is_refused(
    browser: Browser, cast: User, wrong: dict[str, str]
) -> None:
    answer = await browser.post("/console/profile", {"text": "a", "topics": "b"} | wrong)
    assert answer.status == 422
    assert 'aria-invalid="true"' in await answer.text()
