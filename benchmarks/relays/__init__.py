"""What `benchmarks.relay` sets against each other, each server in a process of its own."""
