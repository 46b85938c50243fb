"""The files with which the site is put into production."""
