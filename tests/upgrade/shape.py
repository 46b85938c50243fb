"""What a release's code relies on in the database: columns, and what the application may do."""

from dataclasses import dataclass

import psycopg

from foundation.embedded import APP_ROLE

RIGHTS = ("SELECT", "INSERT", "UPDATE")
# Of the library that carries jobs, which brings its own migrations.
LIBRARYS = "procrastinate_"

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES',
  column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
"""
_RIGHTS = "SELECT has_column_privilege(%s, %s, %s, %s)"
_DELETES = "SELECT has_table_privilege(%s, %s, 'DELETE')"


@dataclass(frozen=True)
class Column:
    """A column: its type, whether it may be empty, and whether it fills itself."""

    type: str
    nullable: bool
    filled: bool


Shape = dict[tuple[str, str], Column]


def shape_of(url: str) -> Shape:
    """Return every column of a database by its table and name."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(_COLUMNS).fetchall()
    return {
        (table, name): Column(*facts)
        for table, name, *facts in rows
        if not table.startswith(LIBRARYS)
    }


def rights_in(url: str, columns: Shape) -> set[tuple[str, str, str]]:
    """Return what the application may do with each of these columns: table, column, right."""
    may = set()
    with psycopg.connect(url) as connection:
        for table in {table for table, _ in columns}:
            found = connection.execute(_DELETES, [APP_ROLE, table]).fetchone()
            if found and found[0]:
                may.add((table, "", "DELETE"))
        for table, name in columns:
            for right in RIGHTS:
                found = connection.execute(_RIGHTS, [APP_ROLE, table, name, right]).fetchone()
                if found and found[0]:
                    may.add((table, name, right))
    return may


def breaks(old: Shape, new: Shape) -> list[str]:
    """Say what of a newer database the code of an older one can't work with."""
    tables = {table for table, _ in old}
    found = [f"{t}.{c} is gone" for t, c in old if (t, c) not in new]
    for (table, name), now in new.items():
        before = old.get((table, name))
        if before is None:
            if table in tables and not (now.nullable or now.filled):
                found.append(f"{table}.{name} must be filled, which older code doesn't")
        elif now.type != before.type:
            found.append(f"{table}.{name} is {now.type} now")
        elif before.nullable and not now.nullable and not now.filled:
            found.append(f"{table}.{name} may not be empty any more")
    return found
