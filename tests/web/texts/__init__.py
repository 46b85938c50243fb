"""The site's own texts on its pages."""
