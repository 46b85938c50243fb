"""The letter: somebody writes once to a cast, who answers once; one question back is free."""
