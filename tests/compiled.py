"""Statements that a process' tests compile once, not anew for each test's engine.

A site has one engine, which compiles a statement once. Every test has an engine of its own.
"""

from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache

MOST = 4000

_compiled: LRUCache[Any, Any] = LRUCache(MOST)


def compile_once() -> None:
    """Let each engine of this process find what another compiled; all have the same settings."""
    changed = {"__eq__": _alike, "__hash__": _kind, "engine_created": classmethod(_share)}
    for name, method in changed.items():
        setattr(PGDialectAsync_psycopg, name, method)


def _alike(one: object, other: object) -> bool:
    return type(one) is type(other)


def _kind(dialect: object) -> int:
    return hash(type(dialect))


def _share(_: type, engine: Engine) -> None:
    engine._compiled_cache = _compiled
