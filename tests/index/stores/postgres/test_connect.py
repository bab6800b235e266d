"""What can go wrong between here and a database: one line that names it, no password in it, nothing lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import psycopg
import pytest

from qa.errors import IndexFolderError, QAError, UsageError
from qa.index.stores.open import collections, drop, open_store
from qa.index.stores.postgres import connect, schema, store
from qa.index.stores.protocol import Store
from qa.settings import Settings
from tests.databases import Server
from tests.index.stores.conftest import RECIPE, prepared

FIRST, SECOND = prepared("/a/x.txt", "The bakery opened in 1990."), prepared("/a/y.txt", "The mill closed.")


def at(address: str, seconds: float = 60.0) -> Settings:
    return Settings(store=address, busy_seconds=seconds)


def said(act: Callable[[], object]) -> str:
    """Return what is said of an error, which is one line."""
    with pytest.raises(QAError) as raised:
        act()
    message = str(raised.value)
    assert "\n" not in message
    assert "s3cret" not in message
    return message


def role_of(server: Server, name: str, options: str) -> None:
    server.run(f"DROP ROLE IF EXISTS {name}")
    server.run(f"CREATE ROLE {name} LOGIN {options}")


def name_of(database: str) -> str:
    return database.partition("@/")[2].partition("?")[0]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://u:s3cret@h/x?colour=red", "not the address of a database"),
        ("postgresql://u:%zzs3cret@h/x", "not the address of a database"),
        ("postgresql://u:p@s3cret@h/x", "with %40 for an @"),
        ("mysql://u:s3cret@h/x", "neither empty"),
    ],
)
def test_a_bad_address_is_said(address: str, message: str) -> None:
    with pytest.raises(UsageError):
        open_store(at(address), "news")
    assert message in said(lambda: open_store(at(address), "news"))
    assert message in said(lambda: list(collections(at(address))))
    assert message in said(lambda: drop(at(address), "news"))


def test_psycopg_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"pip install 'article-qa\[postgres\]'"):
        open_store(at("postgresql://h/x"), "news")


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("127.0.0.1:1", "postgresql://u@127.0.0.1:1/x: cannot be reached: Connection refused; "),
        (
            "nobody.invalid",
            "postgresql://u@nobody.invalid/x: cannot be reached: failed to resolve host 'nobody.invalid'",
        ),
    ],
)
def test_nobody_there_is_said(host: str, message: str) -> None:
    assert said(lambda: open_store(at(f"postgresql://u:s3cret@{host}/x"), "news")).startswith(message)


def test_no_socket_is_said(tmp_path: Path) -> None:
    address = f"postgresql://u@/x?host={tmp_path}"
    message = f"{address}: cannot be reached: No such file or directory; look at the setting store"
    assert said(lambda: open_store(at(address), "news")).startswith(message)


def test_a_wrong_password_is_said(postgres: Server, database: str) -> None:
    role_of(postgres, "asked", "PASSWORD 'right'")
    rules = postgres.data / "pg_hba.conf"
    rules.write_text("local all asked scram-sha-256\n" + rules.read_text("utf-8"), "utf-8")
    postgres.run("SELECT pg_reload_conf()")
    address = postgres.address(name_of(database), "asked", "s3cret")
    message = said(lambda: open_store(at(address), "news"))
    assert message.endswith('password authentication failed for user "asked"; PGPASSWORD or ~/.pgpass gives it')
    with pytest.raises(IndexFolderError, match="no such collection"):
        open_store(at(postgres.address(name_of(database), "asked", "right")), "news")


def test_no_such_database_is_said(postgres: Server) -> None:
    assert 'database "never" does not exist' in said(lambda: open_store(at(postgres.address("never")), "news"))


def test_a_role_that_may_not_is_told_so(postgres: Server, database: str) -> None:
    role_of(postgres, "stranger", "")
    address = postgres.address(name_of(database), "stranger")
    message = said(lambda: open_store(at(address), "news", write=RECIPE))
    assert message.endswith('permission denied to create extension "vector"; docs/scaling.md says what a role needs')
    postgres.run("CREATE EXTENSION vector", name_of(database))
    assert "permission denied for database" in said(lambda: open_store(at(address), "news", write=RECIPE))
    with open_store(at(database), "news", write=RECIPE):
        assert "permission denied for schema qa_news" in said(lambda: open_store(at(address), "news"))
        assert "must be owner of schema qa_news" in said(lambda: drop(at(address), "news"))


def test_a_role_can_be_let_read(postgres: Server, database: str) -> None:
    role_of(postgres, "reader", "")
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
    postgres.run("GRANT USAGE ON SCHEMA qa_news TO reader", name_of(database))
    postgres.run("GRANT SELECT ON ALL TABLES IN SCHEMA qa_news TO reader", name_of(database))
    with open_store(at(postgres.address(name_of(database), "reader")), "news") as news:
        assert news.document("/a/x.txt") == FIRST.document
        assert "permission denied for table collection" in said(lambda: news.put([SECOND]))


def test_a_role_can_be_let_write(postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MANY", 2)
    role_of(postgres, "journalist", "")
    with open_store(at(database), "news", write=RECIPE) as owner:
        owner.put([FIRST])
        postgres.run("GRANT USAGE ON SCHEMA qa_news TO journalist", name_of(database))
        for kind, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE")):
            postgres.run(f"GRANT {rights} ON ALL {kind} IN SCHEMA qa_news TO journalist", name_of(database))
        with open_store(at(postgres.address(name_of(database), "journalist")), "news", write=RECIPE) as other:
            other.put([SECOND])
            other.remove([FIRST.document.source])
        graph = "SELECT to_regclass('qa_news.passages_vector') IS NOT NULL"
        assert postgres.run(graph, name_of(database)) == [(False,)]
        owner.put([FIRST])  # the graph is for the owner to make
        assert postgres.run(graph, name_of(database)) == [(True,)]
        assert list(owner.problems()) == []


def test_a_role_can_write_into_a_schema_that_was_made_for_it(postgres: Server, database: str) -> None:
    role_of(postgres, "writer", "")
    postgres.run("CREATE EXTENSION vector", name_of(database))
    postgres.run("CREATE SCHEMA qa_news AUTHORIZATION writer", name_of(database))
    with open_store(at(postgres.address(name_of(database), "writer")), "news", write=RECIPE) as news:
        news.put([FIRST])
        assert len(news) == 1


def test_an_older_server_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "LEAST_SERVER", 99)
    assert said(lambda: open_store(at(database), "news")).endswith("99 or later is needed")


def test_an_older_pgvector_is_refused(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(at(database), "news", write=RECIPE):
        monkeypatch.setattr(schema, "LEAST_PGVECTOR", (99, 0))
        assert "99.0 or later is needed" in said(lambda: open_store(at(database), "news"))
        assert "99.0 or later is needed" in said(lambda: open_store(at(database), "others", write=RECIPE))


def test_a_server_without_pgvector_is_refused(postgres: Server, database: str) -> None:
    postgres.run(f"ALTER DATABASE {name_of(database)} SET extension_control_path = '/nowhere'")
    message = said(lambda: open_store(at(database), "news", write=RECIPE))
    assert "the server has no pgvector" in message


def test_a_database_in_another_encoding_is_refused(postgres: Server) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    message = said(lambda: open_store(at(postgres.address("latin")), "news", write=RECIPE))
    assert "is in LATIN1" in message


@pytest.mark.parametrize(("found", "way_out"), [(99, "a newer version"), (0, "an older version")])
def test_tables_of_another_version_are_refused(postgres: Server, database: str, found: int, way_out: str) -> None:
    with open_store(at(database), "news", write=RECIPE):
        postgres.run(f"UPDATE qa_news.collection SET format = {found}", name_of(database))
        assert way_out in said(lambda: open_store(at(database), "news"))
        assert way_out in said(lambda: open_store(at(database), "news", write=RECIPE))
        (listed,) = collections(at(database))
        assert isinstance(listed, IndexFolderError)
        drop(at(database), "news")
        assert list(collections(at(database))) == []


def test_what_can_only_be_read_is_said(postgres: Server, database: str) -> None:
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
    postgres.run(f"ALTER DATABASE {name_of(database)} SET default_transaction_read_only = on")
    with open_store(at(database), "news") as news:
        assert len(news) == 1
        assert "can only be read" in said(lambda: news.put([SECOND]))


def test_another_writer_is_waited_for_only_so_long(postgres: Server, database: str) -> None:
    with open_store(at(database, seconds=0.1), "news", write=RECIPE) as news:
        news.put([FIRST])
        with psycopg.connect(database) as other:
            other.execute("SELECT FROM qa_news.collection FOR UPDATE")
            assert said(lambda: news.put([SECOND])).endswith("in use by another process; try again")
            assert len(news) == 1
        news.put([SECOND])
        assert len(news) == 2


# What a trigger says that stands for the disk: the server itself raises it, in the middle of a transaction.
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk AFTER INSERT ON qa_news.passages EXECUTE FUNCTION full_disk()
"""


def test_a_full_disk_is_said_and_changes_nothing(postgres: Server, database: str) -> None:
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
        postgres.run(FULL, name_of(database))
        message = said(lambda: news.put([prepared("/a/x.txt", "Another text."), SECOND]))
        assert "the server's disk is full" in message
        assert holds_the_first(news)
        postgres.run("DROP TRIGGER full_disk ON qa_news.passages", name_of(database))
        news.put([SECOND])
        assert len(news) == 2


def holds_the_first(news: Store) -> bool:
    return [news.document(e.source) for e in news.entries()] == [FIRST.document] and list(news.problems()) == []


def end_connections(server: Server, database: str) -> None:
    server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(database)}'")


def test_a_connection_that_was_lost_before_is_made_again(postgres: Server, database: str) -> None:
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
        end_connections(postgres, database)
        assert holds_the_first(news)
        end_connections(postgres, database)
        news.put([SECOND])
        assert len(news) == 2


def test_a_connection_that_is_lost_in_a_put_changes_nothing(postgres: Server, database: str) -> None:
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
        # The put is in the middle of its transaction, and cannot go on, when its connection is ended.
        with psycopg.connect(database, autocommit=False) as other, other.cursor() as cursor:
            cursor.execute("LOCK TABLE qa_news.stems IN EXCLUSIVE MODE")
            messages: list[str] = []
            putting = threading.Thread(
                target=lambda: messages.append(said(lambda: news.put([prepared("/a/x.txt", "New."), SECOND])))
            )
            putting.start()
            waiting = (
                f"SELECT pid FROM pg_stat_activity WHERE datname = '{name_of(database)}' AND wait_event = 'relation'"
            )
            while not postgres.run(waiting):
                assert putting.is_alive()
            postgres.run(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) w")
            putting.join(20)
        assert messages == [f"{database}: {connect.LOST}"]
        assert holds_the_first(news)
        news.put([SECOND])
        assert len(news) == 2


def test_a_server_that_stops_is_said_and_found_again(postgres: Server, database: str) -> None:
    with open_store(at(database), "news", write=RECIPE) as news:
        news.put([FIRST])
        postgres.stop()
        assert "cannot be reached" in said(lambda: len(news))
        postgres.start()
        assert holds_the_first(news)


def test_two_make_the_same_collection_at_once(database: str) -> None:
    errors: list[BaseException] = []

    def make() -> None:
        try:
            open_store(at(database), "news", write=RECIPE).close()
        except QAError as error:
            errors.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert errors == []
    assert [c.name for c in collections(at(database)) if not isinstance(c, IndexFolderError)] == ["news"]


def test_the_recipe_is_kept(database: str) -> None:
    other = msgspec.structs.replace(RECIPE, language="de")
    open_store(at(database), "news", write=other).close()
    with open_store(at(database), "news") as news:
        assert news.recipe == other
