"""A call by telephone: asked for, rung, joined to a talk, ended; and how casts wait for one."""
