"""Proofs that letters paid their casts once they were answered, and gave everything back else."""

OF_LETTERS: dict[str, str] = {
    "a letter that was answered paid its cast, and any other that is over gave all back": """
        SELECT count(*) FROM letters l JOIN holds h ON h.id = l.hold_id
        JOIN wallets w ON w.id = h.wallet_id LEFT JOIN wallets k ON k.id = h.cast_wallet
        LEFT JOIN claims c ON c.letter_id = l.id AND c.state = 'returned'
        WHERE w.user_id <> l.caller_id OR k.user_id <> l.cast_id OR CASE l.state
          WHEN 'sent' THEN h.released + h.share + h.fee <> 0
          WHEN 'answered' THEN h.released <> coalesce(c.points, 0) OR h.released = 0
            AND h.share <> div(l.share * (100 * h.points - (100 - h.gift_share) * h.given),
              100 * h.points)
          ELSE h.released <> h.points END""",
    "no claim is about a letter that was never answered": """
        SELECT count(*) FROM claims c JOIN letters l ON l.id = c.letter_id
        WHERE l.state <> 'answered'""",
}
