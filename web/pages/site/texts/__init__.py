"""The site's own texts: an operator's words with the site's figures in them."""
