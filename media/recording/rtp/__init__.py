"""From RTP packets to whole frames, each with its moment."""
