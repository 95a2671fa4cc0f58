"""Reads the catalogue of a PostgreSQL database into sorted lines, so that two databases can be compared."""

import re

from django.db import connection

# Objects of extensions (btree_gist has hundreds of functions) differ with the server's version.
OWN = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')"
IN_PUBLIC = "namespace = 'public'::regnamespace"

# Columns are compared by name, because AddField appends a column, while CreateModel keeps the model's order.
# From PostgreSQL 18 on NOT NULL is a named constraint; here it belongs to the column. Bodies of functions are hashed.
QUERIES = {
    "extension": "SELECT extname, '' FROM pg_extension",
    "table": f"SELECT relname, relkind::text FROM pg_class o WHERE rel{IN_PUBLIC} AND relkind <> 'i' AND {OWN}",
    "column": f"""
        SELECT relname || '.' || attname, concat_ws(
            ' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'NOT NULL' END,
            'IDENTITY ' || nullif(attidentity::text, ''), 'GENERATED ' || nullif(attgenerated::text, ''),
            'DEFAULT ' || pg_get_expr(adbin, adrelid), 'COLLATE ' || nullif(collname::text, 'default'))
        FROM pg_class o JOIN pg_attribute ON attrelid = o.oid AND attnum > 0 AND NOT attisdropped
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        WHERE rel{IN_PUBLIC} AND relkind IN ('r', 'p', 'v', 'm') AND {OWN}""",
    "constraint": f"""
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(o.oid)
        FROM pg_constraint o WHERE con{IN_PUBLIC} AND contype <> 'n' AND conrelid <> 0 AND {OWN}""",
    "index": f"""
        SELECT indrelid::regclass || '.' || relname, pg_get_indexdef(o.oid)
        FROM pg_class o JOIN pg_index ON indexrelid = o.oid WHERE rel{IN_PUBLIC} AND {OWN}""",
    "trigger": f"""
        SELECT tgrelid::regclass || '.' || tgname, concat_ws(
            ' ', pg_get_triggerdef(o.oid), 'ENABLED ' || tgenabled::text,
            'COMMENT ' || obj_description(o.oid, 'pg_trigger'))
        FROM pg_trigger o WHERE NOT tgisinternal AND {OWN}""",
    "function": f"""
        SELECT o.oid::regprocedure::text, md5(pg_get_functiondef(o.oid))
        FROM pg_proc o WHERE pro{IN_PUBLIC} AND prokind IN ('f', 'p') AND {OWN}""",
}


def read_catalogue() -> list[str]:
    """Return one line per object, `kind name: definition`, sorted; Django's list of migrations is left out."""
    lines = []
    with connection.cursor() as cursor:
        for kind, query in QUERIES.items():
            cursor.execute(query)
            lines += [f"{kind} {name}: {definition}".rstrip() for name, definition in cursor.fetchall()]
    return sorted(line for line in lines if not re.match(r"\w+ django_migrations", line))
