"""Claims and reports as lists beside what is known of each: what their pages share."""
