"""The real line: a SIP trunk, spoken to by baresip. Nothing else in the house knows of SIP."""
