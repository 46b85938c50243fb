"""Files of recorded talks: made of packets without decoding, never plain on the disk."""
