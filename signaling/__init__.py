"""The realtime door: the only place that pushes to browsers."""
