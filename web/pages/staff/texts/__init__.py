"""Where administrators write the site's own texts."""
