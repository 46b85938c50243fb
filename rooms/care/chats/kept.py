"""How long what people write to each other, one to one, is kept: letters and consultations."""

from foundation.language import N_
from rooms.care.chats import chat_words
from rooms.care.lasting import Rule, expired
from rooms.care.letters import letter_words
from writing.letters import erasing as letter_erasing

OF_WRITING: tuple[Rule, ...] = (
    Rule(
        "letters",
        N_("メール相談とお返事の内容（下書きは、お返事を送るまで）"),
        N_(
            "終わってから%(letter_kept_days)s日。通報があったときは、審査が終わってから同じ日数。"
            "退会した会員の書いた内容は、その場で消去します（通報や申し立ての審査中は、終わるまで、担当のスタッフだけが見られます）"
        ),
        0,
        {
            "letter_texts": letter_words.sweep,
            "letter_drafts": expired(letter_erasing.sweep_drafts),
        },
        hourly=True,
    ),
    Rule(
        "chats",
        N_("チャット相談のメッセージと写真"),
        N_(
            "終わってから%(chat_kept_days)s日。通報があったときは、審査が終わってから同じ日数。"
            "退会した会員の書いた内容は、その場で消去します（審査中は、終わるまで、担当のスタッフだけが見られます）"
        ),
        0,
        {"chat_messages": chat_words.sweep},
        hourly=True,
    ),
)
