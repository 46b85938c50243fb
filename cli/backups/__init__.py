"""A site's backup in one file, and a site out of one."""
