"""What was earned arrives: earnings as a book, bank accounts, payouts, runs, notices."""
