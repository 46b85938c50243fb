"""The chat consultation: somebody writes with one answering member, for days or weeks."""
