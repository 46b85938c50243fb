"""A fresh database for a whole file of tests: each makes its own people, so none is in the way."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from foundation.embedded import OWNER, EmbeddedPostgres
from tests.conftest import TEMPLATE

_numbers = itertools.count(1)


@contextmanager
def fresh_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Make a copy of the template, and drop it afterwards; its name."""
    name = f"shared_{next(_numbers)}"
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        named = {"name": sql.Identifier(name), "template": sql.Identifier(TEMPLATE)}
        owner.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**named))
        yield name
        owner.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**named))
