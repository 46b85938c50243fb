"""What a site needs to be open: one list of checks, for the terminal and for the browser."""
