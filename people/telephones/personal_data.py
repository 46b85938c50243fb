"""What the site knows of a member's telephone, for that member to take along."""

# Of each part, the columns that are its owner's own.
OWN_PARTS: dict[str, str] = {
    # The number itself stands on its owner's own page; here it is sealed, and so is no PIN.
    "telephone": """
SELECT t.tail, t.proved_at, EXISTS (SELECT FROM telephone_pins p WHERE p.user_id = t.user_id)
  AS has_pin FROM telephones t WHERE t.user_id = :user""",
    "telephone_proofs": """
SELECT tail, state, made_at FROM telephone_proofs WHERE user_id = :user ORDER BY id DESC""",
    "telephone_digits": "SELECT digits, given_at FROM cast_digits WHERE cast_id = :user",
    "spoken_name": """
SELECT reading, changed_at, confirmed_at FROM spoken_names WHERE user_id = :user""",
}
