"""Every figure and address that an operator may choose, read once and then frozen."""

import re
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Count = Annotated[int, Field(ge=1, le=100_000)]

# Days after a talk within which who works for the site must be paid (フリーランス法 第4条).
LONGEST_TO_PAY = 60

# What who rings the site may be offered.
MENUS = ("online", "all", "digits", "standby")

SELLER = (
    "seller_name", "seller_person", "seller_address", "seller_phone", "seller_email",
    "seller_hours",
)  # fmt: skip


class Settings(BaseSettings):
    """The process's settings; each comes from `HITOTOKI_<NAME>` or keeps its default.

    Lists are written with commas between their items. Documented in docs/settings.md.
    """

    model_config = SettingsConfigDict(
        env_prefix="HITOTOKI_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    # Where the site stands
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: str | None = Field(
        None,
        description="Address people type, e.g. `https://talk.example`; HTTPS makes cookies secure.",
    )
    data: Path = Field(Path("data"), description="Folder of the embedded database and of uploads.")
    database_url: str | None = Field(
        None, description="PostgreSQL, as the application's role; empty starts the embedded one."
    )
    database_owner_url: str | None = Field(
        None, description="PostgreSQL, as the tables' owner; only `migrate` uses it."
    )
    backup_folder: Path | None = Field(
        None, description="Folder of the nightly backups, whose age `doctor` looks at."
    )
    redis_url: str | None = Field(
        None, description="Redis or Valkey; needed when several processes serve one site."
    )
    page_connections: int = Field(
        10,
        ge=1,
        le=100,
        description="Database connections for pages; half as many again in a rush.",
    )
    talk_connections: int = Field(
        6,
        ge=2,
        le=100,
        description="The same for beats and talks, which pages can't use up; half as many again.",
    )
    demo: bool = Field(
        False, description="Demo site: one-click sign-in, a mailbox that anyone reads."
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Seals the keys of authenticator apps; made in the data folder if embedded.",
    )
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Networks whose `X-Forwarded-For` is believed, e.g. `10.0.0.0/8`."
    )

    # How browsers reach each other
    stun_urls: Annotated[tuple[str, ...], NoDecode] = Field((), description="STUN servers.")
    turn_urls: Annotated[tuple[str, ...], NoDecode] = Field((), description="TURN servers.")
    turn_secret: SecretStr | None = Field(
        None, description="Secret shared with the TURN servers (`use-auth-secret`)."
    )
    turn_seconds: int = Field(
        600, ge=60, le=3600, description="Seconds that a TURN credential is good for, at most."
    )
    hide_addresses: Literal["choice", "casts", "all"] = Field(
        "casts",
        description="Who hides their address behind a relay unasked: `choice`, `casts`, or `all`.",
    )

    # The server's relay
    media_path: Literal["p2p", "relay"] = Field(
        "p2p", description="How talks go: from browser to browser, or all through the relay."
    )
    media_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret of the site's web and media processes; no relay without.",
    )
    media_listen_host: str = Field(
        "127.0.0.1", description="Internal address on which a media process answers web processes."
    )
    media_listen_port: int = Field(
        8090, ge=0, le=65535, description="Its port; 0 takes a free one."
    )
    media_url: str | None = Field(
        None,
        description="Where web processes reach it, `ws://media:8090`; else where it listens.",
    )
    media_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="IP addresses at which browsers reach it, `bound=announced` where they differ;"
        " empty: the machine's own.",
    )
    media_udp_ports: str = Field(
        "40000-40399",
        pattern=r"^[0-9]{1,5}-[0-9]{1,5}$",
        description="UDP ports for browsers, first and last.",
    )
    media_legs: int = Field(
        200, ge=2, le=10_000, description="Browsers on one media process at once; a talk has two."
    )
    media_drain_seconds: int = Field(
        8, ge=1, le=600, description="Seconds in which a stopping one's talks move elsewhere."
    )

    # The telephone's trunk
    trunk_server: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.:\[\]-]{1,255}$",
        description="The SIP trunk, `sip.example.jp` or with a port; no telephone without.",
    )
    trunk_transport: Literal["udp", "tcp", "tls"] = Field(
        "udp", description="How it is spoken to: `udp`, `tcp`, or `tls`."
    )
    trunk_user: str | None = Field(
        None,
        pattern=r"^[^\s@:;<>\"?]{1,64}$",
        description="The account at the trunk; empty: the first of the numbers.",
    )
    trunk_password: SecretStr | None = Field(None, description="Its password.")
    trunk_numbers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="The site's numbers as the trunk writes them; the first is the one shown.",
    )
    trunk_writes: Literal["national", "e164"] = Field(
        "national",
        description="How it wants Japanese numbers to ring: `national` (090…) or `e164` (+81…).",
    )
    trunk_register_seconds: int = Field(
        300,
        ge=0,
        le=3600,
        description="Seconds between registrations; 0 where the trunk knows the machine's address.",
    )
    trunk_srtp: bool = Field(
        False, description="Speech is encrypted (SRTP); needs `tls`, since the keys go that way."
    )
    trunk_certificates: Path | None = Field(
        None, description="File of the authorities by which a trunk over `tls` is known."
    )
    trunk_listen: str = Field(
        "0.0.0.0:5070",
        pattern=r"^[0-9.]{7,15}:[0-9]{1,5}$",
        description="Address and port at which the trunk calls the machine.",
    )
    trunk_address: str | None = Field(
        None, description="The machine's own address towards the trunk; empty: it is found."
    )
    trunk_stun: str | None = Field(
        None,
        pattern=r"^stun:[A-Za-z0-9.-]+(:[0-9]{1,5})?$",
        description="Server that tells the outer address behind NAT, `stun:stun.example:3478`.",
    )
    trunk_rtp_ports: str = Field(
        "20000-20199",
        pattern=r"^[0-9]{1,5}-[0-9]{1,5}$",
        description="UDP ports for speech, first and last; a telephone takes two.",
    )
    trunk_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Networks from which calls and speech come besides the trunk's own address.",
    )
    trunk_lines: int = Field(
        10, ge=2, le=1000, description="Telephones on the line at once; a talk has two."
    )
    trunk_silence_seconds: int = Field(
        4, ge=2, le=60, description="Seconds without any sound's packets after which one is lost."
    )
    telephone_listen_host: str = Field(
        "127.0.0.1", description="Internal address at which the telephone's health is asked."
    )
    telephone_listen_port: int = Field(
        8091, ge=0, le=65535, description="Its port; 0 takes a free one."
    )
    telephone_drain_minutes: int = Field(
        10, ge=0, le=180, description="Minutes for which calls go on while it is being stopped."
    )

    # Who offers what
    who_offers: Literal["approved", "anyone"] = Field(
        "approved",
        description="Who makes rooms: casts whom staff `approved`, or `anyone` who is confirmed.",
    )
    rooms_looked_at: bool = Field(
        True, description="Staff look at a member's first room, and at photos, before others do."
    )

    # The talk and its price
    free_seconds: int = Field(60, ge=0, le=3600, description="Seconds of meter time that are free.")
    free_per: Literal["day", "entry", "first"] = Field(
        "day",
        description="How often they are: a `day` with one cast, each `entry`, or the `first` time.",
    )
    minute_seconds: int = Field(
        60, ge=1, le=60, description="Seconds in a charged minute; less than 60 is for tests."
    )
    entry_minutes: int = Field(
        5, ge=1, le=60, description="Minutes that a caller must be able to pay to enter."
    )
    fee_percent: int = Field(
        20, ge=0, le=100, description="Percent of each charge that the site keeps."
    )
    gift_share: int = Field(
        0, ge=0, le=100, description="Percent of their share that casts earn by points given away."
    )
    lot_months: int = Field(
        3, ge=1, le=5, description="Calendar months until bought points expire; under six by law."
    )

    # Recording
    recording: bool = Field(
        False, description="Whether talks may be recorded, where a room asks and both agree."
    )
    recordings: Path | None = Field(
        None, description="Folder of recordings, which all processes share; empty: in the data."
    )
    recording_key: SecretStr | None = Field(
        None, min_length=32, description="Encrypts recordings; whoever loses it loses them."
    )
    recording_old_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Keys of before, with which older recordings are still read."
    )
    recording_days: int = Field(
        30, ge=1, le=400, description="Days for which a recording is kept after its end."
    )
    recording_mb: int = Field(
        20_000, ge=10, le=100_000_000, description="Megabytes that all recordings may take."
    )

    # Reservations
    site_zone: str = Field(
        "Asia/Tokyo", description="Time zone of casts' timetables, by its IANA name."
    )
    booking_opens_hours: int = Field(
        24, ge=1, le=720, description="Hours before its beginning from which a time can be booked."
    )
    booking_lead_minutes: int = Field(
        30, ge=0, le=1440, description="Minutes before its beginning until which it can."
    )
    cancel_hours: int = Field(
        12, ge=0, le=720, description="Hours before its beginning until which callers may cancel."
    )
    cancel_grace_minutes: int = Field(
        10, ge=0, le=60, description="Minutes after booking in which one may cancel all the same."
    )
    keep_minutes: int = Field(
        5, ge=1, le=60, description="Minutes for which a time is kept while it is confirmed."
    )
    early_minutes: int = Field(
        5, ge=1, le=30, description="Minutes before its beginning from which a room is reserved."
    )
    auto_return_no_show: bool = Field(
        True, description="All points go back by themselves where the cast did not come."
    )
    no_show_after_minutes: int = Field(
        5, ge=1, le=30, description="Minutes after the beginning at which a cast has not come."
    )
    claim_days: int = Field(14, ge=1, le=60, description="Days in which a claim can be made.")
    claim_answer_hours: int = Field(
        24, ge=1, le=168, description="Hours in which a cast may say something to a claim."
    )
    no_show_minutes: int = Field(
        15, ge=0, le=1440, description="Minutes after the end at which they do."
    )

    # Paying afterwards
    tab: bool = Field(False, description="Rooms may let their callers pay afterwards.")
    tab_limit: int = Field(
        8000,
        ge=1,
        le=1_000_000,
        description="Yen that a member may owe at first; staff raise or lower it.",
    )
    tab_limit_most: int = Field(
        30_000, ge=1, le=1_000_000, description="Yen to which one of staff may raise it at most."
    )
    tab_asks: Literal["card", "number", "either", "nothing"] = Field(
        "either",
        description="What a first limit wants: a saved `card`, a proved telephone `number`,"
        " `either`, or `nothing`.",
    )
    tab_days: int = Field(7, ge=1, le=60, description="Days in which a bill is to be paid.")

    # In writing
    letters: bool = Field(False, description="Casts may take letters, answered for points.")
    letter_days: int = Field(
        5,
        ge=1,
        le=30,
        description="Days in which a letter is to be answered; then all of its points go back.",
    )
    letter_back_days: int = Field(
        7, ge=1, le=60, description="Days after an answer in which one may ask back, once."
    )
    letter_kept_days: int = Field(
        365, ge=30, le=3650, description="Days for which what was written in letters is kept."
    )

    chat: bool = Field(False, description="Members may consult answering members by chat.")
    chat_points: int = Field(
        0, ge=0, le=100_000, description="Points that a consultation costs; 0 is for nothing."
    )
    chat_days: int = Field(
        7, ge=1, le=30, description="Days for which a consultation is paid, each by itself."
    )
    chat_open: Count = Field(3, description="Consultations that a member may have open at once.")
    chat_kept_days: int = Field(
        365, ge=30, le=3650, description="Days for which what was written in chats is kept."
    )

    # Who sells talks, and how casts are paid
    board: bool = Field(
        False, description="The board: members ask all, many answer, everybody may read."
    )
    board_answers: Literal["everyone", "members"] = Field(
        "everyone",
        description="Who may answer there: every confirmed member, or answering `members` alone.",
    )
    board_first_looks: int = Field(
        0,
        ge=0,
        le=20,
        description="How many of a member's first topics staff look at before others read them, "
        "also anew after an edit.",
    )
    board_topics: Count = Field(3, description="Topics that a member may write in an hour.")
    board_replies: Count = Field(
        20, description="Answers and additions that a member may write on the board in an hour."
    )
    board_edit_minutes: Count = Field(
        10, description="Minutes for which a topic or an answer may be changed by its writer."
    )
    board_unanswered_hours: Count = Field(
        24,
        description="Hours after which those who want it are told of a topic without an answer.",
    )
    talk_seller: Literal["site", "cast"] | None = Field(
        None,
        description="Who sells a talk to its caller: the `site`, or each `cast`; empty: the site"
        " where casts are approved, casts where anyone offers.",
    )
    payout: Literal["request", "monthly"] | None = Field(
        None,
        description="How casts are paid: on `request`, or `monthly`; empty: monthly where the site"
        " sells, else on request.",
    )
    payout_least: int = Field(
        5000, ge=1, le=1_000_000, description="Yen from which a payout can be requested."
    )
    payout_bank_fee: int = Field(
        330, ge=0, le=10_000, description="Yen of the bank's fee, which a requested payout bears."
    )
    payout_first_days: int = Field(
        30, ge=0, le=365, description="Days after a cast's first talk until their first payout."
    )
    payout_reserve_percent: int = Field(
        0, ge=0, le=50, description="Percent of matured earnings that are kept back for a while."
    )
    payout_reserve_days: int = Field(
        0, ge=0, le=180, description="Days after maturing for which they are."
    )
    payout_close_day: int = Field(
        31,
        ge=1,
        le=31,
        description="Closing day of the monthly way; in a shorter month its last day.",
    )
    payout_pay_day: int = Field(
        25,
        ge=1,
        le=31,
        description="Pay day of the month after it, or the bank's last day before.",
    )
    payout_lapse_years: int = Field(
        5,
        ge=5,
        le=20,
        description="Years after which what came back from the bank to who has withdrawn lapses.",
    )
    payout_second_yen: int = Field(
        1_000_000,
        ge=0,
        le=9_999_999_999,
        description="Runs of more yen need a second member of staff.",
    )
    bank_change_hours: int = Field(
        24, ge=0, le=720, description="Hours until a bank account that was changed counts."
    )
    transfer_code: str | None = Field(
        None,
        pattern=r"^[0-9]{10}$",
        description="The site's own code at its bank (委託者コード); no file for it without.",
    )
    transfer_name: str | None = Field(
        None, max_length=40, description="The site's own name in its bank's file, in katakana."
    )
    transfer_account: str | None = Field(
        None,
        pattern=r"^[0-9]{4}-[0-9]{3}-[129]-[0-9]{7}$",
        description="The site's own account: codes of bank and branch, kind (1 普通, 2 当座,"
        " 9 その他), number, as `0001-001-1-1234567`.",
    )

    # Ratings
    rating_days: int = Field(
        7, ge=1, le=60, description="Days after a talk in which its people rate it, or change that."
    )
    rating_weight: int = Field(
        10,
        ge=0,
        le=1000,
        description="Ratings at the site's mean that count beside a cast's own when sorting.",
    )

    # Telephone numbers
    telephone_prefixes: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What numbers that the site rings begin with; empty: `+81`, all at home."
        " Emergency, premium and shared-cost numbers are never rung.",
    )
    telephone_proofs_member: int = Field(
        5, ge=1, le=100, description="Calls that prove a number, per member in a day."
    )
    telephone_proofs_number: int = Field(
        3, ge=1, le=100, description="The same to one number, whoever asks."
    )
    telephone_proofs_site: int = Field(
        300, ge=1, le=100_000, description="The same of the whole site."
    )
    telephone_fixed_yen: int = Field(
        3,
        ge=0,
        le=1000,
        description="Yen that the line takes for a minute to a fixed or 050 number; an estimate.",
    )
    telephone_mobile_yen: int = Field(
        18, ge=0, le=1000, description="The same to a mobile number, or one abroad."
    )

    # Voice menus
    telephone_menus: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What who rings the site is offered: `online`, `all` (casts), `digits` (of a"
        " cast), `standby` (for casts); empty: all of it.",
    )
    telephone_menu_numbers: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Numbers that lead to one of these at once, as `050-1234-0001=standby`; others"
        " lead to a choice.",
    )

    # Receipts
    issuer_name: str | None = Field(
        None, max_length=100, description="Whose name stands on receipts; none are issued without."
    )
    issuer_address: str | None = Field(
        None, max_length=200, description="Address of the issuer, as it stands on receipts."
    )
    issuer_registration: str | None = Field(
        None,
        pattern=r"^T[0-9]{13}$",
        description="Registration number as an issuer of qualified invoices: T and 13 digits.",
    )
    tax_percent: int = Field(
        10, ge=0, le=50, description="Percent of consumption tax that every price includes."
    )

    # Who sells, as the law on specified commercial transactions wants it told
    seller_name: str | None = Field(
        None, max_length=100, description="Name of the seller: a company, or a person's full name."
    )
    seller_person: str | None = Field(
        None, max_length=100, description="Who is responsible for the site's running."
    )
    seller_address: str | None = Field(
        None, max_length=200, description="Address of the seller, with its postal code."
    )
    seller_phone: str | None = Field(
        None, max_length=40, description="Telephone number of the seller."
    )
    seller_email: str | None = Field(
        None, max_length=254, description="E-mail address at which the seller is reached."
    )
    seller_hours: str | None = Field(
        None, max_length=100, description="When the telephone is answered, e.g. `平日10:00〜17:00`."
    )
    terms_since: date | None = Field(
        None, description="Day since which terms and privacy policy hold, once you reviewed them."
    )

    # Payments
    stripe_secret_key: SecretStr | None = Field(
        None, description="Stripe's secret key, `sk_…`; with none, only a demo site sells points."
    )
    stripe_publishable_key: str | None = Field(
        None, description="Stripe's publishable key, `pk_…`, which browsers are given."
    )
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="Signing secret, `whsec_…`, of the webhook `/webhooks/payments`."
    )
    stripe_api_base: str = Field(
        "https://api.stripe.com",
        description="Where Stripe's API answers; another one is for tests.",
    )
    stripe_seconds: int = Field(
        10, ge=1, le=60, description="Seconds to wait for an answer of Stripe's."
    )
    konbini_days: int = Field(
        3, ge=1, le=60, description="Days in which a payment at a convenience store must be made."
    )
    apple_pay_domain_file: Path | None = Field(
        None,
        description="File by which Apple Pay knows the domain, as Stripe gives it.",
    )
    purchase_tries: Count = Field(30, description="Purchases begun per member in an hour.")

    # Mail
    smtp_url: SecretStr | None = Field(
        None,
        description="Mail server: `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`.",
    )
    mail_from: str | None = Field(
        None,
        max_length=200,
        description="Sender of mails: `ひととき <no-reply@talk.example>`.",
    )

    # Presence
    beat_seconds: int = Field(5, ge=1, le=30, description="Seconds between a client's beats.")
    silence_seconds: int = Field(
        15, ge=2, le=120, description="Seconds without evidence that interrupt a talk."
    )
    return_seconds: int = Field(
        90, ge=5, le=900, description="Seconds in which an interrupted talk may go on."
    )
    interruption_seconds: int = Field(
        180,
        ge=5,
        le=3600,
        description="Seconds of all interruptions of a talk; each 10 proved minutes add 60.",
    )
    connect_seconds: int = Field(
        60, ge=5, le=600, description="Seconds in which a new talk must connect."
    )
    bright_seconds: int = Field(
        8, ge=1, le=60, description="Seconds of picture and sound before the meter has started."
    )
    unproved_seconds: int = Field(
        20, ge=4, le=600, description="Seconds of a talk that may be seen or heard unproved."
    )
    disagree_seconds: int = Field(
        15, ge=1, le=600, description="Seconds of contradicting reports that end a talk."
    )
    frozen_seconds: int = Field(
        10, ge=4, le=120, description="Seconds without a new frame that stop a video talk's meter."
    )
    standby_grace_seconds: int = Field(
        20, ge=2, le=300, description="Seconds after a cast's last sign until the room closes."
    )
    standby_devices_seconds: int = Field(
        20,
        ge=2,
        le=300,
        description="Seconds of stand-by without a working device until the room closes.",
    )

    # Waiting for a busy room
    waiting_seconds: int = Field(
        60, ge=5, le=600, description="Seconds in which one whose turn it is may enter."
    )
    waiting_patience_seconds: int = Field(
        600,
        ge=10,
        le=7200,
        description="Seconds after a talk in which the cast may stand by again for those who wait.",
    )
    pause_seconds: int = Field(
        60,
        ge=0,
        le=600,
        description="Seconds after a talk until the stand-by goes on; each cast may change it.",
    )
    waiting_pause_seconds: int = Field(
        1800,
        ge=0,
        le=86_400,
        description="Seconds for which one who let two turns pass can't wait for that room.",
    )
    waiting_most: int = Field(20, ge=1, le=200, description="People who may wait for one room.")

    # Calls by telephone
    telephone: bool = Field(
        False, description="Whether people may talk by telephone; needs a process that dials."
    )
    telephone_line_fee: int = Field(
        20,
        ge=0,
        le=1000,
        description="Points a minute for the line, within the told price; casts have no share.",
    )
    telephone_free: bool = Field(
        False, description="Whether the free time counts by telephone as well."
    )
    telephone_ring: Literal["caller_first", "cast_first", "both"] = Field(
        "caller_first", description="Whose telephone rings first."
    )
    telephone_answer: Literal["key", "pickup"] = Field(
        "key", description="What joins a cast who answers: key 1, or picking up alone."
    )
    telephone_ring_seconds: int = Field(
        30, ge=10, le=120, description="Seconds for which a telephone rings."
    )
    telephone_again_seconds: int = Field(
        60,
        ge=10,
        le=120,
        description="Seconds after which the two of a reservation by telephone are rung again.",
    )
    telephone_standby_hours: int = Field(
        8, ge=1, le=24, description="Hours after which a stand-by by telephone ends by itself."
    )
    telephone_calls_a_day: int = Field(
        20, ge=1, le=500, description="Calls for which one caller may ask in 24 hours."
    )
    telephone_yen_a_day: int = Field(
        30_000,
        ge=100,
        le=100_000_000,
        description="Yen that calls may cost the site in 24 hours, by estimate; then none is made.",
    )

    # Applying to talk
    application_ring_seconds: int = Field(
        90, ge=20, le=600, description="Seconds in which an applicant who is rung may enter."
    )
    application_ready_seconds: int = Field(
        180,
        ge=30,
        le=1800,
        description="Seconds in which a cast who took an application makes ready.",
    )
    applications_most: int = Field(
        20, ge=1, le=200, description="Open talk applications that one cast may have."
    )
    applications_a_day: int = Field(
        20, ge=1, le=500, description="Talk applications that one caller may make in 24 hours."
    )

    # Bounds
    message_characters: int = Field(
        500, ge=1, le=2000, description="Characters in one message of a talk."
    )
    question_messages: Count = Field(
        60, description="Messages that a member may write to others before a talk, in an hour."
    )
    question_threads: Count = Field(
        20, description="Rooms at which a member may ask for the first time, in a day."
    )
    chats_a_day: Count = Field(5, description="Consultations that a member may send in 24 hours.")
    chat_messages: Count = Field(
        200, description="Messages that a member may write in chat consultations, in an hour."
    )
    letters_a_day: Count = Field(10, description="Letters that a member may send in 24 hours.")
    contact_check: Literal["off", "warn", "refuse"] = Field(
        "warn",
        description="What the writer's browser does about addresses, telephone numbers and payment"
        " links in such a message.",
    )
    disk_low_mb: int = Field(
        256,
        ge=0,
        le=1_000_000,
        description="Megabytes that must be free where the embedded database lies.",
    )
    page_size: int = Field(24, ge=1, le=200, description="Entries on one page of a list.")
    session_days: int = Field(30, ge=1, le=400, description="Days that a sign-in lasts unused.")
    sign_in_tries: Count = Field(10, description="Sign-in tries per account in 15 minutes.")
    address_tries: Count = Field(60, description="Sign-in tries per address in 15 minutes.")
    sign_up_tries: Count = Field(10, description="Sign-ups per address in an hour.")
    mail_tries: Count = Field(
        5, description="Mails about an account to one e-mail in an hour; from one address, 4 times."
    )
    letter_tries: Count = Field(
        5, description="Applications, and inquiries, per address and per e-mail in an hour."
    )
    upload_tries: Count = Field(60, description="Photos sent per member in an hour.")
    check_tries: Count = Field(20, description="Device checks by TURN per address in an hour.")
    events_per_second: Count = Field(20, description="Realtime events a second per connection.")
    events_burst: Count = Field(60, description="Realtime events at once per connection.")
    connections: int = Field(
        8000, ge=100, le=1_000_000, description="Connections of one process, of whatever kind."
    )
    header_seconds: int = Field(
        10, ge=1, le=120, description="Seconds in which a request's headers must have come."
    )
    idle_seconds: int = Field(
        75, ge=1, le=3600, description="Seconds that a connection may lie between two requests."
    )
    socket_connections: Count = Field(5000, description="Realtime connections of one process.")
    socket_connections_per_person: Count = Field(
        8, description="Realtime connections of one member: tabs and windows, on all devices."
    )
    socket_unproved_per_ipv4: Count = Field(
        200, description="Realtime connections of people not signed in, from one IPv4 address."
    )
    socket_unproved_per_ipv6_64: Count = Field(
        50, description="The same from one IPv6 /64, which is one line."
    )
    socket_unproved_per_ipv6_48: Count = Field(
        400, description="The same from one IPv6 /48, which is one site or provider."
    )
    socket_begin_seconds: int = Field(
        10, ge=1, le=120, description="Seconds in which a new realtime connection must begin."
    )

    # Who is slow: how long it is waited for, and how much of it there may be at once
    body_grace_seconds: int = Field(
        5, ge=1, le=60, description="Seconds before what a browser sends must keep to its pace."
    )
    form_seconds: int = Field(
        10, ge=1, le=120, description="Seconds in which a form, or an event, must have arrived."
    )
    form_pace: Count = Field(1024, description="Bytes a second that a form must bring.")
    forms_at_once: Count = Field(
        200, description="Forms and events that arrive in pieces, at once."
    )
    forms_per_address: Count = Field(20, description="The same from one address.")
    upload_seconds: int = Field(
        120, ge=1, le=600, description="Seconds in which a photo must have arrived."
    )
    upload_pace: Count = Field(8192, description="Bytes a second that a photo must bring.")
    uploads_at_once: int = Field(
        6, ge=1, le=100, description="Photos that arrive at once; each takes up to 16 MB."
    )
    uploads_per_member: int = Field(2, ge=1, le=20, description="The same of one member.")
    photo_seconds: int = Field(
        20, ge=1, le=120, description="Seconds in which a photo must be drawn, its wait included."
    )
    download_seconds: int = Field(
        600, ge=1, le=7200, description="Seconds in which a member's own data must have left."
    )
    push_seconds: int = Field(
        10, ge=1, le=60, description="Seconds in which a push service must have answered."
    )
    pushes_at_once: int = Field(8, ge=2, le=100, description="Pushes under way at once.")
    pushes_per_service: int = Field(
        4, ge=1, le=100, description="The same to one push service, by its domain."
    )
    mail_step_seconds: int = Field(
        15, ge=1, le=30, description="Seconds for each answer of the mail server's."
    )
    mail_seconds: int = Field(
        30, ge=1, le=40, description="Seconds in which a mail must have been taken."
    )
    mails_at_once: int = Field(2, ge=1, le=20, description="Mails under way at once.")
    stripe_at_once: Count = Field(20, description="Questions to Stripe at once.")

    # Staff
    second_staff_points: int = Field(
        3000,
        ge=0,
        le=10_000_000,
        description="Returns and gifts of more points need a second member of staff.",
    )
    undo_seconds: int = Field(
        10, ge=0, le=60, description="Seconds in which a decision on a case can be undone."
    )
    identity_check: bool = Field(
        True,
        description="Whether casts' age and identity are checked before their first video room.",
    )

    @field_validator(
        "trusted_proxies", "stun_urls", "turn_urls", "media_addresses", "recording_old_keys",
        "telephone_prefixes", "telephone_menus", "telephone_menu_numbers", "trunk_numbers",
        "trunk_networks", mode="before",
    )  # fmt: skip
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(item.strip() for item in value.split(",") if item.strip())
        return value

    @field_validator("public_url")
    @classmethod
    def _as_browsers_write_origins(cls, value: str | None) -> str | None:
        """An origin, as an `Origin` header says it: no path, no default port."""
        if not value:
            return None
        parts = urlsplit(value.strip().lower())
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("must be an address such as https://talk.example")
        usual = {"http": 80, "https": 443}[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        port = f":{parts.port}" if parts.port and parts.port != usual else ""
        return f"{parts.scheme}://{host}{port}"

    @field_validator("trusted_proxies", "trunk_networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @field_validator("media_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            for one in address.split("=", 1):
                ip_address(one)
        return value

    @field_validator("telephone_prefixes")
    @classmethod
    def _are_prefixes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"\+[1-9][0-9]{0,9}", prefix) for prefix in value):
            raise ValueError("must be prefixes such as +81 or +8190")
        return value

    @field_validator("telephone_menus")
    @classmethod
    def _are_menus(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not set(value) <= {*MENUS}:
            raise ValueError(f"must be of {', '.join(MENUS)}")
        return value

    @field_validator("telephone_menu_numbers")
    @classmethod
    def _lead_to_menus(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for line in value:
            number, _, menu = line.partition("=")
            if menu not in MENUS or not re.fullmatch(r"\+?[0-9-]{3,20}", number):
                raise ValueError("must be lines such as 050-1234-0001=standby")
        return value

    @field_validator("trunk_address")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value:
            ip_address(value)
        return value

    @field_validator("trunk_numbers")
    @classmethod
    def _are_numbers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"\+?[0-9]{3,15}", number) for number in value):
            raise ValueError("must be numbers as the trunk writes them, such as 0312345678")
        return value

    @field_validator("media_url")
    @classmethod
    def _is_a_socket_url(cls, value: str | None) -> str | None:
        if value and not re.match(r"wss?://[^/\s]+$", value):
            raise ValueError("must be an address such as ws://media:8090")
        return value

    @field_validator("media_udp_ports", "trunk_rtp_ports")
    @classmethod
    def _is_a_range(cls, value: str) -> str:
        first, last = (int(port) for port in value.split("-"))
        if not 1024 <= first < last <= 65_535:
            raise ValueError("must be two ports from 1024 to 65535, the lower one first")
        return value

    @field_validator("site_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("must be a time zone such as Asia/Tokyo") from error
        return value

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value and not re.match(r"postgres(ql)?(\+psycopg)?://", value):
            raise ValueError("must be PostgreSQL: postgresql://…")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_a_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        url = urlsplit(value.get_secret_value())
        # `port` raises ValueError itself where it is no number.
        if url.scheme not in ("smtp", "smtps") or not url.hostname or url.port == 0:
            raise ValueError("must be an address such as smtp://user:password@host:587")
        if url.path or url.query or bool(url.username) != bool(url.password):
            raise ValueError("must be an address such as smtp://user:password@host:587")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_one_mailbox(cls, value: str | None) -> str | None:
        address = r"[\w.+-]+@[\w.-]+"
        if value and not re.fullmatch(
            rf"(?a:{address})|[^<>@,;\"\x00-\x1f]+ <(?a:{address})>", value
        ):
            raise ValueError("must be a mailbox such as ひととき <no-reply@talk.example>")
        return value

    @model_validator(mode="after")
    def _check_mail(self) -> "Settings":
        if self.smtp_url and not self.mail_from:
            raise ValueError("smtp_url needs mail_from")
        return self

    @model_validator(mode="after")
    def _check_hiding(self) -> "Settings":
        if self.hide_addresses == "all" and not self.may_hide:
            raise ValueError("hide_addresses=all needs turn_urls and turn_secret, or media_secret")
        return self

    @model_validator(mode="after")
    def _check_media(self) -> "Settings":
        if self.media_path == "relay" and not self.has_relay:
            raise ValueError("media_path=relay needs media_secret")
        return self

    @model_validator(mode="after")
    def _check_trunk(self) -> "Settings":
        if self.trunk_server and not self.trunk_numbers:
            raise ValueError("trunk_server needs trunk_numbers")
        if self.trunk_srtp and self.trunk_transport != "tls":
            raise ValueError("trunk_srtp needs trunk_transport=tls")
        return self

    @model_validator(mode="after")
    def _check_tab(self) -> "Settings":
        if self.tab and self.tab_asks == "number" and not self.telephone:
            raise ValueError("tab_asks=number needs telephone: nobody could prove a number")
        return self

    @model_validator(mode="after")
    def _check_recording(self) -> "Settings":
        if self.recording and not (self.recording_key and self.media_secret):
            raise ValueError("recording needs recording_key and media_secret")
        return self

    @model_validator(mode="after")
    def _check_presence(self) -> "Settings":
        # One lost beat must not interrupt a talk: a pause needs at least two missing.
        if self.silence_seconds < 2 * self.beat_seconds:
            raise ValueError("silence_seconds must be at least twice beat_seconds")
        if self.standby_grace_seconds < 2 * self.beat_seconds:
            raise ValueError("standby_grace_seconds must be at least twice beat_seconds")
        return self

    @model_validator(mode="after")
    def _check_payments(self) -> "Settings":
        keys = (self.stripe_secret_key, self.stripe_publishable_key, self.stripe_webhook_secret)
        if any(keys) and not all(keys):
            raise ValueError("Stripe needs its secret key, publishable key and webhook secret")
        if self.demo and self.stripe_live:
            raise ValueError("a demo site takes no live key of Stripe")
        return self

    @model_validator(mode="after")
    def _check_payouts(self) -> "Settings":
        if self.payout_way == "monthly" and self._longest_to_pay() > LONGEST_TO_PAY:
            raise ValueError(
                "payout_close_day and payout_pay_day leave more than 60 days after a talk"
            )
        return self

    def _longest_to_pay(self) -> int:
        """Days to its pay day of a talk right after a closing, that day counted; at the most."""
        first, second = (
            date(2027, 8, self.payout_pay_day) - date(2027, 6, min(self.payout_close_day, 30)),
            date(2027, 9, min(self.payout_pay_day, 30)) - date(2027, 7, self.payout_close_day),
        )
        return max(first, second).days

    @property
    def missing_seller(self) -> tuple[str, ...]:
        """The settings about the seller that the law wants told, and that are not filled in."""
        return tuple(name for name in SELLER if getattr(self, name) is None)

    @property
    def seller_of_talks(self) -> Literal["site", "cast"]:
        """Who sells a talk to its caller, which decides receipts, tax, terms and withholding."""
        return self.talk_seller or ("cast" if self.who_offers == "anyone" else "site")

    @property
    def payout_way(self) -> Literal["request", "monthly"]:
        """How casts are paid."""
        return self.payout or ("monthly" if self.seller_of_talks == "site" else "request")

    @property
    def has_turn(self) -> bool:
        """Whether there is a TURN server."""
        return bool(self.turn_urls) and self.turn_secret is not None

    @property
    def has_relay(self) -> bool:
        """Whether there are media processes, through which talks can go."""
        return self.media_secret is not None

    @property
    def may_hide(self) -> bool:
        """Whether people can hide their addresses: behind a TURN server or behind the relay."""
        return self.has_turn or self.has_relay

    @property
    def dialled_prefixes(self) -> tuple[str, ...]:
        """What numbers that the site rings begin with."""
        return self.telephone_prefixes or ("+81",)

    @property
    def practises_telephone(self) -> bool:
        """Whether calls go to practice telephones: on a demo site that has no trunk."""
        return self.demo and self.telephone and self.trunk_server is None

    @property
    def udp_ports(self) -> tuple[int, int]:
        """The first and the last UDP port of a media process."""
        first, last = self.media_udp_ports.split("-")
        return int(first), int(last)

    @property
    def trunk_ports(self) -> tuple[int, int]:
        """The first and the last UDP port for a telephone's speech."""
        first, last = self.trunk_rtp_ports.split("-")
        return int(first), int(last)

    @property
    def recording_folder(self) -> Path:
        """Where recordings lie."""
        return self.recordings or self.data / "recordings"

    @property
    def stripe_live(self) -> bool:
        """Whether Stripe's key moves real money."""
        key = self.stripe_secret_key
        return key is not None and "_live_" in key.get_secret_value()

    @property
    def secure(self) -> bool:
        """Whether people reach the site over HTTPS, so that cookies may demand it."""
        return (self.public_url or "").startswith("https://")
