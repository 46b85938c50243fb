"""Paying bills of the tab: by card, by itself, by bank transfer; what they who pay are told."""
