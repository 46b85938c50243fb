"""Pages of the board: lists of topics, a topic with its answers, and what one writes there."""
