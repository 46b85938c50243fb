"""The staff's side. To anyone else these pages aren't there."""
