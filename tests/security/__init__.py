"""What an attacker would try, and what must never be seen."""
