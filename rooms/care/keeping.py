"""What is kept, and for how long: the privacy page shows this table, the timetable sweeps by it.

Every table stands here or in `rooms.care.lasting`; `tests/rooms/care/test_keeping.py` fails
at one that does not.
"""

from foundation.language import N_
from notify import devices, inbox, jobs, outbox
from payouts.banks import naming
from people.desk import applications, identity_terms, inquiries, staff_views
from people.joining import mailed_links, registration
from people.sign_in import sessions, steps, traces
from people.telephones import proof_rows
from points.payments import event_words, vouchers
from points.tab import grounds
from record import alarm_list, faults
from rooms.booking import kept_slots, timetable
from rooms.calling import attempts, orders
from rooms.care.chats.kept import OF_WRITING
from rooms.care.lasting import KEPT, Lasting, Rule, expired, old
from rooms.lobby import talk_applications
from rooms.questions import erasing
from rooms.recording import deleting
from rooms.recording.folder import RecordingFolder
from rooms.talk import messages
from rooms.talk.proof import digests

# For as long as a card's payment may be disputed, and staff be asked why they did something.
DISPUTE_DAYS = digests.DIGEST_DAYS

RULES: tuple[Rule, ...] = (
    Rule(
        "sessions",
        N_("サインインの情報（端末の種類、日時）"),
        N_("サインアウトまで。使わないときは、最後の利用から%(session_days)s日"),
        0,
        {"sessions": expired(sessions.sweep)},
        hourly=True,
    ),
    Rule(
        "registrations",
        N_("途中まで入力した登録、メールでお送りしたリンク、サインインの途中の記録"),
        N_("期限が切れるまで（長くて1日）"),
        0,
        {
            "registrations": expired(registration.sweep),
            "mailed_links": expired(mailed_links.sweep),
            "sign_in_steps": expired(steps.sweep),
        },
        hourly=True,
    ),
    Rule(
        "beats",
        N_("通話中の通信の記録（5秒ごとの、届いた時刻や量）"),
        N_("通話が終わってから%(days)s日。そのあとは、次のまとめだけが残ります"),
        digests.BEATS_DAYS,
        {"beats": lambda tx, settings, days, _: digests.sweep_beats(tx, settings, days)},
    ),
    Rule(
        "digests",
        N_("通話ごとの通信のまとめ（届いていた時間、とぎれた時間、回数）"),
        N_("通話が終わってから%(days)s日。申し立てや通報の審査中は、終わるまで"),
        digests.DIGEST_DAYS,
        {"talk_digests": old(digests.sweep)},
    ),
    Rule(
        "call_attempts",
        N_("お電話をかけた記録（かけた時刻、つながったかどうか、回線の費用。番号は残りません）"),
        N_("%(days)s日"),
        DISPUTE_DAYS,
        {"call_attempts": old(attempts.sweep), "telephone_orders": old(orders.sweep)},
    ),
    Rule(
        "messages",
        N_("通話中のチャット"),
        N_("送ってから%(days)s日。通報のあった通話では、審査が終わってから%(days)s日"),
        180,
        {"messages": old(messages.sweep)},
    ),
    Rule(
        "questions",
        N_("通話の前の質問とお返事（メッセージ）"),
        N_(
            "最後のメッセージから%(days)s日。通報のあったやりとりでは、審査が終わってから%(days)s日。"
            "退会した会員の書いた内容は、その場で消去します（審査中は、終わるまで、担当のスタッフだけが見られます）"
        ),
        365,
        {
            "question_threads": old(erasing.sweep),
            "question_messages": expired(erasing.sweep_words),
        },
        hourly=True,
    ),
    *OF_WRITING,
    Rule(
        "recordings",
        N_("通話の録画（録画のできるサイトで、おふたりが同意したときだけ）"),
        N_(
            "録画が終わってから%(recording_days)s日。おふたりとも希望したとき、どちらかが退会したときは、"
            "その場で消去します。申し立てや通報の審査中は、終わるまで"
        ),
        0,
        {
            "recording_parts": lambda tx, settings, _, most: deleting.erase(
                tx, RecordingFolder(settings), most
            )
        },
        hourly=True,
    ),
    Rule(
        "recording_consents",
        N_("録画のお願いと同意の記録（日時、そのとき画面に出ていた説明）"),
        N_("お願いしてから%(days)s日"),
        deleting.CONSENT_DAYS,
        {"recordings": old(deleting.sweep)},
    ),
    Rule(
        "traces",
        N_("どの回線と端末で使われたかの、もとに戻せない印（同じ人による評価を見分けるため）"),
        N_("その日から%(days)s日"),
        traces.KEPT_DAYS,
        {"traces": old(traces.sweep)},
    ),
    Rule(
        "tab_grounds",
        N_("後払いの限度額のもとになったカードと電話番号の、もとに戻せない印"),
        N_(
            "後払いをご利用いただけるあいだ。退会から%(days)s日たって、お支払いいただく料金がなければ消去します"
        ),
        DISPUTE_DAYS,
        {"tab_grounds": old(grounds.sweep)},
    ),
    Rule(
        "telephone_proofs",
        N_("電話番号を確かめるためにおかけしたお電話の記録（日時、末尾4桁、料金の見積もり）"),
        N_(
            "おかけしてから%(days)s日。暗号化した番号と確認番号は、確かめたとき、または期限（10分）のあとすぐに消去します。"
            "退会すると消去し、その日にかけた回数だけを、1日残します"
        ),
        proof_rows.KEPT_DAYS,
        {"telephone_proofs": old(proof_rows.tidy)},
        hourly=True,
    ),
    Rule(
        "bank_accounts",
        N_("以前の振込先の口座番号と名義（暗号化したもの）"),
        N_("使われなくなってから%(days)s日。銀行名、支店名、下3桁は、振込の記録に残ります"),
        naming.KEPT_DAYS,
        {"bank_accounts": old(naming.forget_replaced)},
    ),
    Rule(
        "notices", N_("サイトからのお知らせ"), N_("%(days)s日"), 365, {"notices": old(inbox.sweep)}
    ),
    Rule("mails", N_("送ったメールの控え"), N_("%(days)s日"), 90, {"mails": old(outbox.sweep)}),
    Rule(
        "devices",
        N_("通知を受け取る端末"),
        N_("通知を止めるか、サインアウトするまで。届かない状態が%(days)s日続いたとき"),
        30,
        {"push_subscriptions": old(devices.sweep)},
    ),
    Rule(
        "correspondence",
        N_("応募とお問い合わせ"),
        N_("お返事をしてから%(days)s日"),
        365,
        {"applications": old(applications.sweep), "inquiries": old(inquiries.sweep)},
    ),
    Rule(
        "identity_documents",
        N_("年齢と本人を確認するための書類の写真（暗号化して保存し、管理者だけが見ます）"),
        N_(
            "確認が終わったとき、その場で消去します。確認されないときは、お送りいただいてから%(days)s日"
        ),
        identity_terms.KEPT_DAYS,
        {"identity_documents": identity_terms.lapse},
        hourly=True,
    ),
    Rule(
        "timetables",
        N_("確定しなかった予約の時間、過ぎた日の予定の変更"),
        N_("その日から%(days)s日"),
        30,
        {"reservations": old(kept_slots.sweep), "hour_exceptions": old(timetable.sweep)},
    ),
    Rule(
        "talk_applications",
        N_("トークの申し込み（ひとこと、お返事、日時）"),
        N_("終わってから%(days)s日"),
        talk_applications.KEPT_DAYS,
        {"talk_applications": old(talk_applications.sweep)},
    ),
    Rule(
        "payment_events",
        N_("決済会社から届いた通知の内容"),
        N_("%(days)s日。届いたことの記録は、帳簿に残ります"),
        DISPUTE_DAYS,
        {"payment_events": old(event_words.empty)},
    ),
    Rule(
        "vouchers",
        N_("コンビニでのお支払いの期限"),
        N_("期限が過ぎてから%(days)s日"),
        vouchers.KEPT_DAYS,
        {"konbini_vouchers": expired(vouchers.sweep)},
    ),
    Rule(
        "staff_records",
        N_("スタッフが閲覧した記録、確認の済んだ警告"),
        N_("%(days)s日"),
        DISPUTE_DAYS,
        {"staff_views": old(staff_views.sweep), "alarms": old(alarm_list.sweep)},
    ),
    Rule(
        "jobs",
        N_("送れなかった通知など、終わらなかった処理の記録"),
        N_("%(days)s日"),
        14,
        {"procrastinate_jobs": old(jobs.sweep)},
    ),
    Rule(
        "faults",
        N_("自動処理のエラーの記録"),
        N_("解決してから%(days)s日"),
        faults.FORGOTTEN_DAYS,
        {"row_faults": expired(faults.sweep)},
    ),
)


def lines() -> list[Rule | Lasting]:
    """Return the table's lines in the order in which the privacy page shows them."""
    return [*KEPT[:1], *RULES, *KEPT[1:]]
