"""What members write to each other, told to open pages: never what it says."""
