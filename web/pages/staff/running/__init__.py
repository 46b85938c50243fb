"""What an operator looks at: the steps to an open site, and what is unspent."""
