"""How a push is made, apart from what is pushed."""
