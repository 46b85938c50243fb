"""Proofs that consultations paid their members by days, and gave every other day back."""

OF_CHATS: dict[str, str] = {
    "a day of a consultation paid its member, or went back to its caller, or waits": """
        SELECT count(*) FROM chat_days d JOIN chats c ON c.id = d.chat_id
        JOIN holds h ON h.id = d.hold_id JOIN wallets w ON w.id = h.wallet_id
        LEFT JOIN wallets k ON k.id = h.cast_wallet
        WHERE w.user_id <> c.caller_id OR w.kind <> 'points' OR h.points <> d.points
          OR CASE d.state
            WHEN 'held' THEN h.released + h.share + h.fee <> 0
            WHEN 'returned' THEN h.released <> h.points
            ELSE k.user_id IS DISTINCT FROM d.member_id OR h.released <> 0
              OR h.share <> div(d.share * (100 * h.points - (100 - h.gift_share) * h.given),
                100 * h.points) END""",
    "the days of a consultation are its price, and none waits once it is over": """
        SELECT count(*) FROM chats c WHERE
          (c.points, c.days) <> (SELECT coalesce(sum(points), 0), count(*) FROM chat_days
            WHERE chat_id = c.id)
          OR c.state NOT IN ('waiting', 'running')
            AND EXISTS (SELECT FROM chat_days WHERE chat_id = c.id AND state = 'held')
          OR c.taken_at IS NULL
            AND EXISTS (SELECT FROM chat_days WHERE chat_id = c.id AND state = 'paid')""",
}
