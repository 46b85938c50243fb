"""What machines ask for: health and figures."""
