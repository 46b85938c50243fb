"""The demo's practice telephones: whose they are, and what carries their calls."""
