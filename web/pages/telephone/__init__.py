"""Pages of one's own telephone: the number, the code that proves it, the PIN, the spoken name."""
