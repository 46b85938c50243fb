"""The site's own texts: versions of them, and who agreed."""
