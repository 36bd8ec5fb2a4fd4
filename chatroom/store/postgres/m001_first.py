"""Version 1 of the schema: the tables of all engines, and PostgreSQL's own functions, triggers and
index of the search."""

import re
from typing import Final

from ..files import FILE_OVERHEAD_BYTES
from ..sql import m001_first
from .connection import Connection
from .dialect import rewritten
from .posts import FUNCTION as COMMIT_POSTS

# What the statements of all engines call as SQLite does.
_FUNCTIONS: Final = (
    """
    CREATE FUNCTION max(a bigint, b bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN greatest(a, b)
    """,
    """
    CREATE FUNCTION instr(string text, part text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN strpos(string, part)
    """,
    """
    CREATE FUNCTION json_array_length(list text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN pg_catalog.json_array_length(list::json)
    """,
    """
    CREATE FUNCTION json_extract(list text, path text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN list::json #>> string_to_array(trim(BOTH ',' FROM translate(path, '$[]', ',,')), ',')
    """,
    """
    CREATE FUNCTION json_each(list text) RETURNS TABLE (key bigint, value json)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
    BEGIN ATOMIC
        SELECT ordinality - 1, found.value
        FROM json_array_elements(list::json) WITH ORDINALITY AS found (value, ordinality);
    END
    """,
)

_TRIGGERS: Final = (
    # The id of the last group of commits of an incarnation: see postgres/commits.py.
    "ALTER TABLE incarnations ADD COLUMN last_commit text NOT NULL DEFAULT ''",
    # Whatever ends or replaces a token, or changes what an account may.
    """
    CREATE FUNCTION note_access() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        account text := CASE WHEN TG_TABLE_NAME = 'tokens'
            THEN to_jsonb(old) ->> 'user' ELSE to_jsonb(new) ->> 'name' END;
    BEGIN
        DELETE FROM account_news WHERE "user" = account AND kind = 'access';
        INSERT INTO account_news ("user", kind) VALUES (account, 'access');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER token_ended AFTER DELETE ON tokens
    FOR EACH ROW EXECUTE FUNCTION note_access()
    """,
    """
    CREATE TRIGGER access_changed AFTER UPDATE OF role, disabled ON users
    FOR EACH ROW EXECUTE FUNCTION note_access()
    """,
    """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE 'the audit is only appended to'; END $$
    """,
    """
    CREATE TRIGGER audit_is_only_appended_to BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse()
    """,
    """
    CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse()
    """,
    f"""
    CREATE FUNCTION count_upload() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO file_usage AS u ("user", bytes, waiting)
        SELECT name, new.length + {FILE_OVERHEAD_BYTES}, 1
        FROM unnest(ARRAY[new."user", '*']) AS name ORDER BY name
        ON CONFLICT ("user") DO UPDATE
            SET bytes = u.bytes + excluded.bytes, waiting = u.waiting + excluded.waiting;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER upload_added AFTER INSERT ON uploads
    FOR EACH ROW EXECUTE FUNCTION count_upload()
    """,
    """
    CREATE FUNCTION count_attached() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE file_usage SET waiting = waiting - 1 WHERE "user" IN (new."user", '*');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER upload_attached AFTER UPDATE OF room ON uploads
    FOR EACH ROW EXECUTE FUNCTION count_attached()
    """,
    f"""
    CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE file_usage SET bytes = bytes - old.length - {FILE_OVERHEAD_BYTES},
            waiting = waiting - (old.room IS NULL)::int
        WHERE "user" IN (old."user", '*');
        DELETE FROM upload_parts WHERE upload = old.id;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER upload_removed AFTER DELETE ON uploads
    FOR EACH ROW EXECUTE FUNCTION count_removed()
    """,
    """
    CREATE FUNCTION count_part() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            UPDATE blobs SET refs = refs + 1, unused_since = NULL WHERE digest = new.digest;
        ELSE
            UPDATE blobs SET refs = refs - 1 WHERE digest = old.digest;
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER part_counted AFTER INSERT OR DELETE ON upload_parts
    FOR EACH ROW EXECUTE FUNCTION count_part()
    """,
)

_SEARCH: Final = (
    # The tokens are made by chatroom.search.
    """
    CREATE FUNCTION tokens_of(document text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN array_to_tsvector(array_remove(string_to_array(document, ' '), ''))
    """,
    "CREATE INDEX search_index ON search_documents USING gin (tokens_of(document))",
)

_TYPES: Final = (
    (re.compile(r"\bINTEGER PRIMARY KEY( AUTOINCREMENT)?"), "INTEGER PRIMARY KEY _IDENTITY"),
    (re.compile(r"\bINTEGER\b"), "bigint"),
    (re.compile(r"\b_IDENTITY\b"), "GENERATED BY DEFAULT AS IDENTITY"),
    # In the order of code points, as names are compared everywhere.
    (re.compile(r"\bTEXT\b"), 'text COLLATE "C"'),
    (re.compile(r"\bBLOB\b"), "bytea"),
    (re.compile(r"\) STRICT(, WITHOUT ROWID)?"), ")"),
)


def upgrade(connection: Connection) -> None:
    shared = map(in_postgres, m001_first.STATEMENTS)
    for statement in (*_FUNCTIONS, *shared, *_TRIGGERS, *_SEARCH, COMMIT_POSTS):
        connection.run(statement)
    m001_first.fill(connection)


def in_postgres(statement: str) -> str:
    """Return a statement of the shared schema in PostgreSQL's dialect."""
    for pattern, replacement in _TYPES:
        statement = pattern.sub(replacement, statement)
    return rewritten(statement).replace("%%", "%")
