"""The site's own texts: an operator's versions of them, and who agreed to which."""
