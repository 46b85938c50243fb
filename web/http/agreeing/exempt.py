"""Where nobody is asked to agree first: what one has a right to, what runs already, what is read.

Everything else is asked for, also addresses that will be added: whoever adds one decides here.
"""

# These, and all below them.
BELOW = (
    # Asking itself, and who one is.
    "/agreement", "/sign-in", "/sign-out", "/sign-up", "/forgotten-password", "/password-reset",
    "/email-change", "/withdrawn", "/language", "/time-zone",
    # Going, taking one's data along, blocking and the rest of one's own settings.
    "/settings", "/recordings", "/viewed",
    # Money that is one's own, or owed.
    "/console/payouts", "/console/earnings", "/tab", "/points/statement", "/points/statements",
    "/points/limits", "/points/card/forget", "/webhooks",
    # What runs or is over: talks with their claims, calls, letters that were paid for.
    "/talks", "/calls", "/letters", "/console/claims",
    # What is read, and writing to the staff.
    "/terms", "/privacy", "/faq", "/guide", "/legal", "/prices", "/offer", "/check", "/contact",
    "/inbox", "/board/guide", "/topics",
    # Staff work for the site; as members they are asked like anybody.
    "/staff",
    # For machines, for scripts that listen, and the demo's own.
    "/ring", "/push", "/worker.js", "/offline", "/manifest.webmanifest", "/healthz", "/metrics",
    "/static", "/site", "/demo", "/calendar", "/sitemap.xml", "/sitemaps",
    "/robots.txt", "/.well-known", "/socket.io",
)  # fmt: skip
# What has been booked, asked for or bought, and how it ends.
ALSO = (
    "/reservations", "/reservations/{reservation_id}", "/reservations/{reservation_id}.ics",
    "/reservations/calendar", "/reservations/calendar/close",
    *(
        f"/reservations/{{reservation_id}}/{act}"
        for act in (
            "let-go", "cancel", "call-off", "early", "ring", "decline", "claim", "enter", "entry",
        )
    ),
    "/requests/{request_id}", "/requests/{request_id}/withdraw", "/requests/{request_id}/refuse",
    "/applications/{talk_application_id}", "/applications/{talk_application_id}/withdraw",
    "/console/applications/{talk_application_id}/decline",
    "/chats", "/chats/{chat_id}",
    *(
        f"/chats/{{chat_id}}/{act}"
        for act in ("photos", "photos/{picture}", "read", "end", "withdraw", "staff")
    ),
    "/points/purchases/{purchase_id}", "/points/purchases/{purchase_id}/receipt",
)  # fmt: skip
# Keeping somebody away, and telling the staff of them, whatever it is about.
ENDINGS = ("/block", "/report")


def is_exempt(address: str) -> bool:
    """Say whether an address, as the table of addresses writes it, may be had without agreeing."""
    return (
        address in ALSO
        or address.endswith(ENDINGS)
        or any(address == one or address.startswith(f"{one}/") for one in BELOW)
    )
