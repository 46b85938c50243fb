"""`hitotoki deploy …`: what a server needs beside the product, written for this one."""
