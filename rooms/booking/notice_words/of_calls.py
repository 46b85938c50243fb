"""The words for reservations by telephone, where they differ; and those that only such have."""

from foundation.language import N_

# Of each word: to whom it goes, its title and its text.
WORDS: dict[str, tuple[str, str, str]] = {
    "booked": (
        "caller",
        N_("予約を承りました"),
        N_(
            "%(name)sさんとのお電話の予約を承りました。\n日時：%(when)s（%(minutes)s分）\n"
            "お時間になったら、おふたりの電話が鳴ります。\n"
            "お預かりしたポイント：%(points)sポイント\n%(rule)s"
        ),
    ),
    "booked_cast": (
        "cast",
        N_("予約が入りました"),
        N_(
            "%(name)sさんからお電話の予約が入りました。\n日時：%(when)s（%(minutes)s分）\n"
            "お時間になったら、おふたりの電話が鳴ります。%(message)s"
        ),
    ),
    "hour": (
        "both",
        N_("まもなく予約の時間です"),
        N_(
            "%(name)sさんとのお電話の予約が、1時間以内に始まります。お時間になったら、おふたりの電話が"
            "鳴ります。\n日時：%(when)s（%(minutes)s分）"
        ),
    ),
    "soon": (
        "both",
        N_("まもなく電話が鳴ります"),
        N_(
            "%(name)sさんとのお電話の予約の時間です。まもなく電話が鳴りますので、お出になってください。\n"
            "日時：%(when)s（%(minutes)s分）"
        ),
    ),
    "caller_missed": (
        "caller",
        N_("予約のお電話に、お出になりませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）に2回お電話しましたが、お出になりませんでした。"
            "キャストはお待ちしていたため、%(points)sポイントはお返しできません。"
        ),
    ),
    "caller_missed_cast": (
        "cast",
        N_("予約の時間が終わりました"),
        N_(
            "%(name)sさんは、予約（%(when)s）のお電話に、お出になりませんでした。"
            "報酬として%(earning)sポイントを計上しました。"
        ),
    ),
    "cast_missed": (
        "caller",
        N_("キャストが、お電話に出られませんでした"),
        N_(
            "%(name)sさんは、予約（%(when)s）のお電話に出られませんでした。"
            "%(points)sポイントを、%(minutes)s分以内にすべてお返しします。"
        ),
    ),
    "cast_missed_claim": (
        "caller",
        N_("キャストが、お電話に出られませんでした"),
        N_(
            "%(name)sさんは、予約（%(when)s）のお電話に出られませんでした。"
            "予約のページから、ポイントの返還を申し立てることができます。"
        ),
    ),
    "cast_missed_cast": (
        "cast",
        N_("予約のお電話に、お出になりませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）に2回お電話しましたが、お出になりませんでした。"
            "この予約の報酬は計上されません。"
        ),
    ),
    "line_failed": (
        "caller",
        N_("電話回線の都合で、おつなぎできませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、電話回線の都合でおつなぎできませんでした。"
            "申し訳ありません。%(points)sポイントをすべてお返ししました。"
        ),
    ),
    "line_failed_cast": (
        "cast",
        N_("電話回線の都合で、おつなぎできませんでした"),
        N_(
            "%(name)sさんとの予約（%(when)s）は、電話回線の都合でおつなぎできませんでした。"
            "申し訳ありません。ポイントはお客様にお返ししました。"
        ),
    ),
    "cut_by_line": (
        "caller",
        N_("ポイントをお返ししました"),
        N_(
            "%(name)sさんとの予約（%(when)s）の通話が電話回線の都合で切れたため、お話しいただけなかった"
            "分の%(points)sポイントをお返ししました。"
        ),
    ),
}
