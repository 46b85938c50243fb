"""What goes between us and the payment provider: Stripe, or the demo that stands in for it."""
