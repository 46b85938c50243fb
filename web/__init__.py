"""The door for people: pages, forms and the browser's code."""
