"""A talk's page tells its whole course in order, adds up, and holds no word of the chat."""

import re

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from tests.rooms.care.desk import carry_out
from tests.web.scene import Browser
from tests.web.staff.scene import WHY, make_staff
from tests.web.staff.test_staff import claimed


async def test_the_course_of_a_talk_stands_on_one_page(
    browser: Browser, database: Database, settings: Settings
) -> None:
    world, claim = await claimed(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO messages (talk_id, side, key, text, at)"
                " SELECT id, 'cast', 'k', 'ひみつの話', entered_at + interval '9 s' FROM talks"
            )
        )
    await browser.sign_in(await make_staff(database), database)
    form = {"scope": "part", "points": "100", "reason": WHY, "at_once": WHY}
    await browser.post(f"/staff/claims/{claim}/return", form)
    await carry_out(database, world.settings)
    page = await (await browser.get(f"/staff/talks/{world.talk}")).text()
    rows = page.partition('id="course-title"')[2].partition("</table>")[0]
    assert rows.count("1分の料金") == 3
    assert rows.count("お返し") == 1
    assert rows.index("入室") < rows.index("1分の料金") < rows.index("終了")
    moments = re.findall('<time datetime="([^"]+)"', rows)
    assert moments == sorted(moments)
    assert f'href="/staff/people/{world.caller}"' in page
    assert f'href="/staff/claims?claim={claim}"' in page
    assert "ひみつ" not in page
    assert (await browser.get("/staff/talks/999999")).status == 404
    log = await (await browser.get("/staff/acts/views?subject=course:")).text()
    assert f'href="/staff/talks/{world.talk}"' in log
