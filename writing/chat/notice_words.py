"""The words in which `writing.chat.notices` tells people of a consultation: never its own."""

from foundation.language import N_
from writing.chat.rules import ChatSide

Words = tuple[str, str]

# To one of its two people: to whom, its title and its text.
WORDS: dict[str, tuple[ChatSide, str, str]] = {
    "taken": (
        "caller",
        N_("チャット相談の担当が決まりました"),
        N_("%(name)sさんが担当します。メッセージが届いたら、お知らせします。"),
    ),
    "ask_all": (
        "caller",
        N_("ほかのメンバーにも相談しますか"),
        N_(
            "指名した%(nominee)sさんは、まだお引き受けしていません。"
            "ほかの回答メンバーにも相談するかどうかを、下のページでお選びください。"
            "お選びいただくまで、ほかのメンバーには届きません。"
        ),
    ),
    "unanswered": (
        "caller",
        N_("チャット相談の担当が見つかりませんでした"),
        N_(
            "%(days)s日たちましたが、担当できるメンバーが見つかりませんでした。申し訳ありません。"
            "書いていただいた内容を使って、掲示板やメール、通話でも相談できます。下のページからお選びください。"
        ),
    ),
    "ended_by_member": (
        "caller",
        N_("チャット相談が終了しました"),
        N_(
            "%(name)sさんが、チャット相談を終了しました。"
            "%(reopen)s までは、1回だけ無料で再開できます。"
        ),
    ),
    "ended_by_caller": (
        "member",
        N_("チャット相談が終了しました"),
        N_("%(name)sさんが、チャット相談を終了しました。%(reopen)s までは、1回だけ再開できます。"),
    ),
    # Once more, after it was opened again.
    "closed_by_member": (
        "caller",
        N_("チャット相談が終了しました"),
        N_("%(name)sさんが、チャット相談を終了しました。またいつでも、新しく相談できます。"),
    ),
    "closed_by_caller": (
        "member",
        N_("チャット相談が終了しました"),
        N_("%(name)sさんが、チャット相談を終了しました。"),
    ),
    "reopened_by_caller": (
        "member",
        N_("チャット相談が再開されました"),
        N_("%(name)sさんが、チャット相談を再開しました。"),
    ),
    "reopened_by_member": (
        "caller",
        N_("チャット相談が再開されました"),
        N_("%(name)sさんが、チャット相談を再開しました。料金はかかりません。"),
    ),
    "silent": (
        "caller",
        N_("お返事がなかったため、チャット相談を終了しました"),
        N_(
            "%(name)sさんから%(silent)s日続けてお返事がありませんでした。申し訳ありません。"
            "掲示板やメール、通話でも相談できます。下のページからお選びください。"
        ),
    ),
    "silent_member": (
        "member",
        N_("お返事がなかったため、チャット相談を終了しました"),
        N_(
            "%(name)sさんへのお返事が%(silent)s日なかったため、チャット相談を終了しました。"
            "残りのポイントはお客様にお返ししました。"
        ),
    ),
    "over": (
        "caller",
        N_("チャット相談の期間が終わりました"),
        N_(
            "%(name)sさんとのチャット相談は、%(days_paid)s日間の期間が終わりました。"
            "ご利用ありがとうございました。"
        ),
    ),
    "over_member": (
        "member",
        N_("チャット相談の期間が終わりました"),
        N_("%(name)sさんとのチャット相談は、%(days_paid)s日間の期間が終わりました。"),
    ),
    "stopped": (
        "caller",
        N_("チャット相談が取りやめになりました"),
        N_("このチャット相談は、続けられなくなりました。あらためて相談できます。"),
    ),
    "stopped_member": (
        "member",
        N_("チャット相談が取りやめになりました"),
        N_("%(name)sさんとのチャット相談は、取りやめになりました。お返事の必要はありません。"),
    ),
    "handover_offered": (
        "caller",
        N_("担当の引き継ぎのご相談"),
        N_(
            "%(name)sさんが、ほかのメンバーへの引き継ぎをご相談しています。"
            "下のページで、引き継いでよいかをお選びください。"
        ),
    ),
    "handover_refused": (
        "member",
        N_("引き継ぎは見送りになりました"),
        N_("%(name)sさんは、引き継がずに続けることをご希望です。"),
    ),
    "handover_taken": (
        "caller",
        N_("担当のメンバーが変わりました"),
        N_("これからは、%(name)sさんが担当します。これまでのやりとりも引き継がれています。"),
    ),
}
# To somebody else: who was nominated, who is to take it over, who handed it over.
WORDS_TO: dict[str, Words] = {
    "nominated": (
        N_("あなたを指名したチャット相談が届きました"),
        N_(
            "%(caller)sさんから、あなたを指名した相談が届きました。"
            "%(nominee_until)s までに「担当する」を押してください。"
            "お引き受けがないときは、ほかのメンバーに相談するかどうかを、ご本人にお聞きします。"
        ),
    ),
    "handover_asked": (
        N_("チャット相談の引き継ぎのお願い"),
        N_("%(member)sさんから、%(caller)sさんの相談を引き継いでほしいとのお願いです。"),
    ),
    "handover_done": (
        N_("引き継ぎが終わりました"),
        N_("%(caller)sさんの相談は、%(member)sさんが引き継ぎました。"),
    ),
    "handover_declined": (
        N_("引き継ぎは見送りになりました"),
        N_("お願いした相手は、引き継ぎを見送りました。引き続き、担当をお願いします。"),
    ),
}
# Behind the text, where points have come back.
BACK = N_("%(points)sポイントを、もとのポイントにお返ししました。")
WARNED = N_("チャット相談の指名が、まもなくオフになります")
WARNED_TEXT = N_(
    "2日間ご利用がありません。明日までにお越しにならないと、指名の受付が自動でオフになります。"
)
OFF = N_("チャット相談の指名をオフにしました")
OFF_TEXT = N_(
    "3日間ご利用がなかったため、指名の受付をオフにしました。担当中の相談はそのままです。"
    "いつでも、ご自分のページでオンに戻せます。"
)
UNREAD = N_("%(name)sさんからチャットのメッセージが届いています")
UNREAD_TEXT = N_("チャット相談に、未読のメッセージが%(n)s件あります。")
