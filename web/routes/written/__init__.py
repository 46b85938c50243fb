"""The addresses of what people write to one another: consultations and letters."""
