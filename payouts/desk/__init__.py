"""What finance staff decide about the money of one cast."""
