"""A member's page of the staff's side by its tabs, and what staff note there."""
