"""The words in which `rooms.booking.notices` tells the two people of a reservation."""

from foundation.language import N_

# Of each word: to whom it goes, its title and its text.
WORDS: dict[str, tuple[str, str, str]] = {
    "booked": (
        "caller",
        N_("予約を承りました"),
        N_(
            "%(name)sさんとの予約を承りました。\n日時：%(when)s（%(minutes)s分）\n"
            "お預かりしたポイント：%(points)sポイント\n%(rule)s"
        ),
    ),
    "booked_cast": (
        "cast",
        N_("予約が入りました"),
        N_("%(name)sさんから予約が入りました。\n日時：%(when)s（%(minutes)s分）%(message)s"),
    ),
    "cancelled": (
        "caller",
        N_("予約をキャンセルしました"),
        N_(
            "%(name)sさんとの予約（%(when)s）をキャンセルしました。"
            "%(points)sポイントをすべてお返ししました。"
        ),
    ),
    "cancelled_cast": (
        "cast",
        N_("予約がキャンセルされました"),
        N_("%(name)sさんの予約（%(when)s）がキャンセルされました。"),
    ),
    "called_off": (
        "caller",
        N_("予約を取りやめました"),
        N_(
            "%(name)sさんとの予約（%(when)s）を取りやめました。キャンセルできる時間を過ぎていたため、"
            "この時間にほかの予約や通話が入った分だけを、終了後にお返しします。"
        ),
    ),
    "called_off_cast": (
        "cast",
        N_("予約が取りやめになりました"),
        N_(
            "%(name)sさんの予約（%(when)s）が取りやめになりました。この時間は、ほかの予約や通話に"
            "使えます。その分を除いた料金が報酬になります。"
        ),
    ),
    "sold_again": (
        "caller",
        N_("取りやめた予約のポイントをお返ししました"),
        N_(
            "%(name)sさんとの予約（%(when)s）の時間に、ほかの予約や通話が入ったため、"
            "%(points)sポイントをもとのポイントにお返ししました。"
        ),
    ),
    "apart": (
        "caller",
        N_("予約の通話がはじまりませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、おふたりとも来られた記録がありますが、通話に"
            "なりませんでした。ポイントはお預かりしています。%(days)s日以内に、予約のページから"
            "お申し立てください。"
        ),
    ),
    "apart_cast": (
        "cast",
        N_("予約の通話がはじまりませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、おふたりとも来られた記録がありますが、通話に"
            "なりませんでした。お客様の申し立てがなければ、%(days)s日後に報酬になります。"
        ),
    ),
    "paid_cast": (
        "cast",
        N_("予約の報酬が確定しました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は申し立ての期限を過ぎました。"
            "報酬として%(earning)sポイントを計上しました。"
        ),
    ),
    "declined": (
        "caller",
        N_("予約がお断りされました"),
        N_(
            "%(name)sさんの都合により、予約（%(when)s）はお受けできなくなりました。"
            "%(points)sポイントをすべてお返ししました。\nキャストから：%(words)s"
        ),
    ),
    "stopped_back": (
        "caller",
        N_("予約が終了しました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は終了しました。"
            "%(points)sポイントをすべてお返ししました。"
        ),
    ),
    "stopped_paid": (
        "caller",
        N_("予約が終了しました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は終了しました。"
            "キャンセルできる時間を過ぎていたため、ポイントはお返しできません。"
        ),
    ),
    "stopped_paid_cast": (
        "cast",
        N_("予約が終了しました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は終了しました。"
            "報酬として%(earning)sポイントを計上しました。"
        ),
    ),
    "hour": (
        "both",
        N_("まもなく予約の時間です"),
        N_("%(name)sさんとの予約が、1時間以内に始まります。\n日時：%(when)s（%(minutes)s分）"),
    ),
    "soon": (
        "both",
        N_("予約の時間です"),
        N_(
            "%(name)sさんとの予約が、まもなく始まります。ルームでお待ちください。\n"
            "日時：%(when)s（%(minutes)s分）"
        ),
    ),
    "awaited_cast": (
        "cast",
        N_("%(name)sさんがお待ちです"),
        N_(
            "%(name)sさんとの予約の時間です。待機をはじめると、通話が始まります。\n日時：%(when)s（%(minutes)s分）"
        ),
    ),
    "caller_missed": (
        "caller",
        N_("予約の時間が終わりました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、終了まで入室の記録がありませんでした。"
            "キャストは待機していたため、%(points)sポイントはお返しできません。"
        ),
    ),
    "caller_missed_cast": (
        "cast",
        N_("予約の時間が終わりました"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、お客様の入室がないまま終わりました。"
            "報酬として%(earning)sポイントを計上しました。"
        ),
    ),
    "cast_missed": (
        "caller",
        N_("キャストが来られませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）に、キャストの待機の記録がありませんでした。"
            "%(points)sポイントを、%(minutes)s分以内にすべてお返しします。"
        ),
    ),
    "cast_missed_claim": (
        "caller",
        N_("キャストが来られませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）に、キャストの待機の記録がありませんでした。"
            "予約のページから、ポイントの返還を申し立てることができます。"
        ),
    ),
    "cast_missed_cast": (
        "cast",
        N_("予約の時間に待機の記録がありません"),
        N_(
            "%(name)sさんとの予約（%(when)s）に、待機の記録がありませんでした。"
            "この予約の報酬は計上されません。"
        ),
    ),
    "returned": (
        "caller",
        N_("ポイントをお返ししました"),
        N_(
            "%(name)sさんとの予約（%(when)s）の%(points)sポイントを、もとのポイントにお返ししました。"
        ),
    ),
    "asked": (
        "caller",
        N_("予約のリクエストを送りました"),
        N_(
            "%(name)sさんに予約をリクエストしました（%(minutes)s分）。"
            "%(points)sポイントをお預かりしています。お返事をお待ちください。"
        ),
    ),
    "asked_cast": (
        "cast",
        N_("予約のリクエストが届きました"),
        N_(
            "%(name)sさんから予約のリクエストが届きました（%(minutes)s分）。"
            "ご都合のよい時間を選んでお返事ください。%(message)s"
        ),
    ),
    "refused": (
        "caller",
        N_("予約のリクエストへのお返事"),
        N_(
            "%(name)sさんは、今回のリクエストをお受けできませんでした。"
            "%(points)sポイントをすべてお返ししました。\nキャストから：%(words)s"
        ),
    ),
    "withdrawn_cast": (
        "cast",
        N_("予約のリクエストが取り下げられました"),
        N_("%(name)sさんが予約のリクエストを取り下げました。"),
    ),
    "lapsed": (
        "caller",
        N_("予約のリクエストが期限を過ぎました"),
        N_(
            "%(name)sさんからお返事がないまま、ご希望の時間を過ぎました。"
            "%(points)sポイントをすべてお返ししました。"
        ),
    ),
}
CANCEL_UNTIL = N_(
    "キャンセルは%(until)sまでです。それを過ぎて取りやめたときは、ほかの予約や通話が入った分だけを"
    "お返しします。"
)
ON_TAB = N_(
    "後払いのご予約のため、ポイントは動きません。1ポイントを1円として、ご請求とご利用限度額に反映します。"
)
CANCEL_NEVER = N_(
    "キャンセルできる時間を過ぎています。取りやめたときは、ほかの予約や通話が入った分だけを"
    "お返しします。"
)
MESSAGE = N_("\nメッセージ：%(message)s")
