"""What people agree to when a talk is recorded. What they saw is kept with their consent.

Whoever changes a line raises `VERSION`: a page that still shows the old ones is then told to load
anew, and nobody has agreed to what they have not read.
"""

import re
from dataclasses import dataclass

from foundation.errors import UserError
from foundation.language import N_, locales, translate

VERSION = 1
LINES = (
    N_(
        "この通話の映像と音声を、サーバーで録画します。"
        "同意すると、この通話が終わるまで、映像と音声はサーバーを通ります。"
    ),
    N_(
        "見られるのは、通話のおふたりだけです。この通話の申し立てや通報を確認するあいだは、"
        "担当のスタッフも見ることがあります。スタッフが見たことは、すべて記録されます。"
    ),
    N_(
        "暗号化して保存し、録画が終わってから%(days)s日で消します。おふたりとも希望したとき、"
        "またはどちらかが退会したときは、その前に消します。"
    ),
    N_("録画のあいだは、画面に赤いしるしが出ます。どちらからでも、いつでもすぐに止められます。"),
    N_("この同意は、いまの通話の、この1回の録画だけのものです。"),
)
_SEEN = re.compile(r"(?a:(\d{1,4})/([a-zA-Z_-]{2,20})/(\d{1,3}))")


@dataclass(frozen=True)
class Wording:
    """The words before a consent, in one language. `days` is for how long it is kept."""

    locale: str
    days: int

    @property
    def seen(self) -> str:
        """Their name, with which a page says what it has shown."""
        return f"{VERSION}/{self.locale}/{self.days}"

    @property
    def lines(self) -> list[str]:
        """One line for each thing that one should know."""
        return [translate(self.locale, line, days=self.days) for line in LINES]

    @property
    def text(self) -> str:
        """All of them, as they are kept."""
        return "\n".join(self.lines)


def seen(name: str, days: int) -> Wording:
    """Return the words that a page has shown, known by their name.

    Raises UserError `recording_words_changed` for others than those of today.
    """
    found = _SEEN.fullmatch(name)
    if found is None or found[2] not in locales() or name != Wording(found[2], days).seen:
        raise UserError(
            "recording_words_changed",
            N_("録画の説明が新しくなりました。ページを読み込みなおしてから、お選びください。"),
        )
    return Wording(found[2], days)
