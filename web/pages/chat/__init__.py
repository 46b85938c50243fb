"""Pages of chat consultations: asking for one, the lists, one conversation, a member's own page."""
