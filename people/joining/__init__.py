"""Coming in and changing how one comes in: registration, mailed links, credentials."""
