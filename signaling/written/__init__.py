"""What members write to each other, told to open pages: questions, letters, topics of the board."""
