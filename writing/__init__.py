"""In writing: the board, the chat consultation, the letter.

Knows people and points, and nothing of rooms and talks; what both need stands below.
"""
