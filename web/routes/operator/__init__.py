"""The addresses of what only an administrator does."""
