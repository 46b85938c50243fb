"""Pages of letters: writing one to a cast, the list, one letter, and what a cast asks for one."""
