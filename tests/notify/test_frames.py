"""An operator's own words open and close every mail, as text and as HTML, in each language."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from notify import inbox, outbox
from notify.mail import letter
from notify.tables import MOST_CLOSING, MOST_OPENING, mails
from people.desk import mail_frames
from record import act_list
from tests.world import new_user


async def test_every_mail_opens_and_closes_with_them(database: Database) -> None:
    async with database.transaction() as tx:
        reader, staff = await new_user(tx), await new_user(tx)
        await inbox.tell(tx, reader, kind="talks", title="題", text="前の本文")
        await mail_frames.save(tx, "ja", "はじめに <b>", "むすび\n\n運営", base=0, actor_id=staff)
        await inbox.tell(tx, reader, kind="talks", title="題", text="本文")
        english = letter("en", "Yuki", "Title", "Body")
        await outbox.post(tx, "a@b.example", english)
        query = sa.select(mails.c.text, mails.c.html).order_by(mails.c.id)
        before, framed, other = (await tx.execute(query)).all()
    assert "はじめに" not in before.text + before.html
    assert framed.text.index("はじめに <b>") < framed.text.index("本文")
    assert framed.text.index("本文") < framed.text.index("むすび") < framed.text.index("運営")
    assert framed.html.index("はじめに &lt;b&gt;") < framed.html.index("本文")
    assert framed.html.index("本文") < framed.html.index("むすび")
    assert (other.text, other.html) == (english.text, english.html)


async def test_the_longest_words_fit_beside_the_longest_notice(database: Database) -> None:
    async with database.transaction() as tx:
        reader, staff = await new_user(tx), await new_user(tx)
        await mail_frames.save(
            tx, "ja", "&" * MOST_OPENING, "'" * MOST_CLOSING, base=0, actor_id=staff
        )
        assert await inbox.tell(tx, reader, kind="talks", title="題" * 120, text="&" * 2000)


async def test_of_two_who_change_them_one_learns_of_the_other(database: Database) -> None:
    async with database.transaction() as tx:
        staff = await new_user(tx)
        await mail_frames.save(tx, "en", "Hello", "", base=0, actor_id=staff)
        with pytest.raises(UserError) as refused:
            await mail_frames.save(tx, "en", "Hi", "", base=0, actor_id=staff)
        assert refused.value.code == "frame_changed"
        [act] = (await act_list.acts(tx, 1, 9, "mail_frame:en")).items
        assert (act.detail["before"]["opening"], act.detail["after"]["opening"]) == ("", "Hello")


def test_they_are_short_and_hide_nothing() -> None:
    assert mail_frames.opening_of("  \n") == ""
    for rule, text in (
        (mail_frames.opening_of, "あ" * (MOST_OPENING + 1)),
        (mail_frames.closing_of, "あ" * (MOST_CLOSING + 1)),
        (mail_frames.closing_of, "うら\u202e"),
    ):
        with pytest.raises(UserError):
            rule(text)
