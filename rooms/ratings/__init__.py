"""What people say of each other after a talk, and what is made of it."""
