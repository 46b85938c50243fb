"""What passes between two browsers, and by which servers."""
