"""A connection to a database: made when it is first needed, and again when it was lost; its errors as one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from qa.errors import IndexFolderError, UsageError, first_line

if TYPE_CHECKING:
    from psycopg import Connection, Cursor, Error

    Row = tuple[Any, ...]

LEAST_SERVER = 14  # major version
# A server that is gone without a word is noticed; the address may say other values.
_PATIENCE = {"connect_timeout": "10", "keepalives_idle": "30", "tcp_user_timeout": "30000"}
# The vectors' operators are in the schema of their extension, which the administrator chose. Where rows have gone, the
# graph is searched until there are enough. What need not be sorted here comes in its order from the graph, or from
# another server, which then sends the first rows alone. Queries are too short for the compiler.
_SESSION = """
SELECT set_config('search_path', concat_ws(', ', quote_ident(nullif(%(schema)s, '')), quote_ident(nspname)), false),
    set_config('hnsw.iterative_scan', 'strict_order', false), set_config('hnsw.ef_search', '200', false),
    set_config('enable_sort', 'off', false), set_config('jit', 'off', false),
    set_config('lock_timeout', %(lock_ms)s, false)
FROM (VALUES (1)) one LEFT JOIN pg_extension ON extname = 'vector' LEFT JOIN pg_namespace n ON n.oid = extnamespace
"""
REMOVED = "the collection has been removed"
_REASONS = {
    "25006": "can only be read, as a standby can; name the server that is written to",
    "3F000": REMOVED,
    "42501": "{said}; docs/scaling.md says what a role needs",
    "42P01": REMOVED,
    "53100": "the server's disk is full: {said}; what was committed before is kept",
    "55P03": "in use by another process; try again",
}
LOST = "the connection was lost; what was committed is kept, and the same command does the rest"
_REFUSED = re.compile(r"^.*(?:failed|bad): (?:FATAL: +)?(.+)$", re.MULTILINE)


class Database:
    """One connection, whose unqualified names are those of ``schema``; nothing is connected before it is used.

    A writer waits for another at most ``seconds``.
    """

    def __init__(self, address: str, schema: str = "", seconds: float = 60.0) -> None:
        """Take an address apart.

        Raises:
            UsageError: it is none, or psycopg is not installed.
        """
        parts = _parsed(address)
        self.shown = _shown(parts)
        self._parts = {**_PATIENCE, **parts, "client_encoding": "utf8"}
        self._session = {"schema": schema, "lock_ms": str(max(1, round(1000 * seconds)))}
        self._connection: Connection | None = None

    def read(self, query: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        """Return the rows of a query; where the connection was lost, the query is asked once more.

        Raises:
            IndexFolderError: the database cannot be reached, or does not answer it.
        """
        import psycopg

        with self._explained():
            used = self._connection is not None
            try:
                return self._connected().execute(query.encode(), parameters).fetchall()
            except psycopg.OperationalError as error:
                if not (used and _is_loss(error)):
                    raise
            self.close()
            return self._connected().execute(query.encode(), parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Give a cursor whose statements are done all, or none if there is an error.

        Raises:
            IndexFolderError: the database cannot be reached, or does not do it.
        """
        self.read("SELECT 1")  # before anything is done, a lost connection is no loss
        with self._explained():
            connection = self._connected()
            with connection.transaction(), connection.cursor() as cursor:
                yield cursor

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _connected(self) -> Connection:
        import psycopg
        from psycopg.conninfo import make_conninfo

        if self._connection is None:
            try:
                made = psycopg.connect(make_conninfo("", **self._parts), autocommit=True, prepare_threshold=None)
            except psycopg.OperationalError as error:
                raise IndexFolderError(f"{self.shown}: cannot be reached: {_why_not(error)}") from error
            version = made.info.server_version // 10_000
            if version < LEAST_SERVER:
                made.close()
                raise IndexFolderError(f"{self.shown}: is PostgreSQL {version}; {LEAST_SERVER} or later is needed")
            made.execute(_SESSION, self._session)
            self._connection = made
        return self._connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            if _is_loss(error):
                self.close()
                reason = LOST
            else:
                reason = _REASONS.get(error.sqlstate or "", "{said}").format(said=first_line(error))
            raise IndexFolderError(f"{self.shown}: {reason}") from error


def _is_loss(error: Error) -> bool:
    import psycopg

    # Class 57P is of a server that stops. Without a state nobody answered; class 08 is what the server says of others.
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate or "57P").startswith("57P")


def _parsed(address: str) -> dict[str, str]:
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise UsageError(
            "store: PostgreSQL needs a package that is not installed: pip install 'article-qa[postgres]'"
        ) from error
    wrong = UsageError(
        "store: not the address of a database: it is postgresql://USER@HOST:PORT/DATABASE, "
        "with %40 for an @ within a name or a password"
    )
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(address).items()}
    except psycopg.ProgrammingError:
        raise wrong from None  # what the library says can have the password in it
    if "@" in parts.get("host", ""):
        raise wrong
    return parts


def _shown(parts: Mapping[str, str]) -> str:
    """Write the address without its password."""
    host, port = parts.get("host", ""), parts.get("port", "")
    user = f"{parts['user']}@" if "user" in parts else ""
    server, socket = ("", f"?host={host}") if host.startswith("/") else (host + (port and f":{port}"), "")
    return f"postgresql://{user}{server}/{parts.get('dbname', '')}{socket}"


def _why_not(error: Error) -> str:
    reasons = _REFUSED.findall(str(error))
    reason = str(reasons[-1]) if reasons else first_line(error)
    way_out = (
        "PGPASSWORD or ~/.pgpass gives it" if "password" in reason else "look at the setting store, and whether it runs"
    )
    return f"{reason}; {way_out}"
