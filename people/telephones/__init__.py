"""Telephones: whose number is whose, PINs, casts' four digits and how their names are spoken."""
