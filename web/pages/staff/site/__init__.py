"""The site's settings, for administrators."""
