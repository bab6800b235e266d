"""A collection in PostgreSQL: spread over servers, on a standby that takes over under load, on a full disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from qa.errors import IndexFolderError, QAError
from qa.index.stores.open import open_store
from qa.index.stores.postgres import queries
from qa.index.stores.postgres.store import PostgresStore
from qa.index.stores.protocol import Prepared, Store
from qa.settings import Settings
from qa.types import Hit
from tests.databases import Server, Servers, servers
from tests.index.stores.conftest import EMBEDDER, RECIPE, prepared
from tests.torture.disk import in_namespace

SCRIPTS = Path(__file__).resolve().parents[2] / "docs" / "shards"
_FEW = 10  # documents in one put
_NEWS = "news"


def text_of(number: int) -> str:
    """Write document ``number``: two passages with words of its own and words that others have."""
    streets = (
        f"House {number} stands in street {number % 7}. It was built in {1500 + number % 400} by family {number % 31}."
    )
    return (
        f"{streets}\n\nNobody lived in house {number} after the fire of {1900 + number % 90}. Its roof is made of tin."
    )


def document(number: int) -> Prepared:
    """Make document ``number`` ready to be put, with vectors that no other has."""
    made = prepared(f"/houses/{number:06}.txt", text_of(number))
    vectors = np.random.default_rng(number).standard_normal(made.vectors.shape, dtype=np.float32)
    return replace(made, vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def questions() -> list[str]:
    return [f"Who built house {n * 13} in street {n % 7}?" for n in range(20)]


def shards(documents: int) -> Counter[str]:
    """Ask a collection on one server, spread it over two others, and ask it again; then stop one of them.

    ``different`` answers, problems that the store finds, errors that are no line, and statements to which a server
    does not answer with its best passages first are counted.
    """
    found: Counter[str] = Counter(dict.fromkeys(("different", "problems", "not said", "not sorted"), 0))
    with servers() as made:
        coordinator, parts = made.start(), [made.start(), made.start()]
        settings = Settings(store=coordinator.address())
        with open_store(settings, _NEWS, write=RECIPE) as store:
            for start in range(0, documents, _FEW):
                store.put([document(n) for n in range(start, start + _FEW)])
            before = list(_answers(store))
        spread(coordinator, parts, EMBEDDER.dimensions)
        with open_store(settings, _NEWS, write=RECIPE) as store:
            found["different"] += _differing(before, list(_answers(store)))
            store.put([document(n) for n in (documents, documents + 1)])
            store.remove([document(n).document.source for n in (documents, documents + 1)])
            found["different"] += _differing(before, list(_answers(store)))
            found["problems"] += len(list(store.problems()))
            found["questions"] = 2 * len(before)
            found["not sorted"] += sum("ORDER BY" not in statement for statement in _sent(store))
            parts[1].stop("immediate")
            try:
                store.search(EMBEDDER.encode(["house"])[0], "house", 5)
                found["not said"] += 1
            except IndexFolderError as error:
                found["not said"] += "\n" in str(error) or 'could not connect to server "shard1"' not in str(error)
            parts[1].start()
            found["different"] += _differing(before, list(_answers(store)))
    return found


def spread(coordinator: Server, parts: Sequence[Server], dimensions: int) -> None:
    """Spread the collection over servers as docs/scaling.md says."""
    coordinator.run("CREATE EXTENSION postgres_fdw")
    names = [f"shard{n}" for n in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        part.script(SCRIPTS / "server.sql", "postgres", schema=f"qa_{_NEWS}", dimensions=str(dimensions))
        session = "options '-c hnsw.ef_search=200 -c hnsw.iterative_scan=strict_order -c enable_sort=off'"
        how = f"extensions 'vector', async_capable 'on', batch_size '1000', {session}"
        options = f"host '{part.socket}', dbname 'postgres', {how}"
        coordinator.run(f"CREATE SERVER {name} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options})")
        coordinator.run(f"CREATE USER MAPPING FOR postgres SERVER {name} OPTIONS (user 'postgres')")
    coordinator.script(SCRIPTS / "spread.sql", "postgres", schema=f"qa_{_NEWS}", servers=" ".join(names))
    for part in parts:
        part.run(f"CREATE INDEX passages_vector ON qa_{_NEWS}.passages USING hnsw (vector halfvec_ip_ops)")


def _sent(store: Store) -> list[str]:
    """Return what the servers are asked for a question."""
    assert isinstance(store, PostgresStore)
    stems = ["hous", "street", "never"]
    known = {**queries.parameters(EMBEDDER.encode(["house"])[0], stems, 5), "among": [document(1).document.source]}
    plans = [
        store._database.read(f"EXPLAIN VERBOSE {queries.search(store._parts, stems, among=among)}", known)
        for among in (False, True)
    ]
    asked = [line for plan in plans for (line,) in plan if "Remote SQL" in line]
    assert len(asked) == 2 * 2 * len(store._parts)
    return asked


def _answers(store: Store) -> Iterator[list[tuple[str, int, float]]]:
    some = [document(n).document.source for n in range(5)]
    for question in questions():
        vector = EMBEDDER.encode([question])[0]
        for among in (None, some):
            yield [_place(hit) for hit in store.search(vector, question, 10, among)]
        for hits in store.best_of_each(vector, question, 2, some):
            yield [_place(hit) for hit in hits]
    yield [_place(hit) for hit in store.passages(some[0])]


def _place(hit: Hit) -> tuple[str, int, float]:
    return hit.document.source, hit.passage.span.start, round(hit.similarity, 5)


def _differing(before: list[list[tuple[str, int, float]]], after: list[list[tuple[str, int, float]]]) -> int:
    return sum(b != a for b, a in zip(before, after, strict=True))


def standby(times: int, seconds: float) -> Counter[str]:
    """Stop the server ``times`` times after ``seconds`` of writing and asking, and let its standby take over.

    ``lost`` counts documents whose put came to its end and that are not there as they were put; ``longest wait, ms`` is
    between two answers.
    """
    found: Counter[str] = Counter(dict.fromkeys(("lost", "problems", "not said", "wrong text"), 0))
    with servers() as made:
        primary = made.start()
        put: dict[int, int] = {}
        for _ in range(times):
            copy = _follow(made, primary)
            address = (
                f"postgresql://postgres@/postgres?host={primary.socket},{copy.socket}&target_session_attrs=read-write"
            )
            stop = threading.Event()
            work = [threading.Thread(target=do, args=(address, put, stop, found)) for do in (_write, _ask)]
            for thread in work:
                thread.start()
            time.sleep(seconds)
            primary.stop("immediate")
            copy.promote()
            time.sleep(seconds)
            stop.set()
            for thread in work:
                thread.join()
            primary = copy
        with open_store(Settings(store=primary.address()), _NEWS) as store:
            for number, version in put.items():
                found["lost"] += store.document(f"/houses/{number:06}.txt").text != _version(number, version)
            found["documents"] = len(store)
            found["problems"] += len(list(store.problems()))
    return found


def _follow(made: Servers, primary: Server) -> Server:
    """Make a standby that has what a put has written before the put comes to its end."""
    copy = made.standby(primary, "copy")
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'copy'")
    primary.run("SELECT pg_reload_conf()")
    while not primary.run("SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'"):
        time.sleep(0.05)
    return copy


def _version(number: int, version: int) -> str:
    return f"{text_of(number)} This is version {version}."


def _write(address: str, put: dict[int, int], stop: threading.Event, found: Counter[str]) -> None:
    version = max(put.values(), default=0)

    def write() -> None:
        with open_store(Settings(store=address), _NEWS, write=RECIPE) as store:
            nonlocal version
            while not stop.is_set():
                version += 1
                numbers = [version % 50, 50 + version % 7]
                texts = {n: _version(n, version) for n in numbers}
                store.put([prepared(f"/houses/{n:06}.txt", text) for n, text in texts.items()])
                put.update(dict.fromkeys(numbers, version))
                found["puts"] += 1

    _again_and_again(write, stop, found)


def _ask(address: str, put: dict[int, int], stop: threading.Event, found: Counter[str]) -> None:
    vector = EMBEDDER.encode(["house"])[0]

    answered = time.monotonic()

    def ask() -> None:
        with open_store(Settings(store=address), _NEWS) as store:
            nonlocal answered
            while not stop.is_set():
                for hit in store.search(vector, "Which house?", 5):
                    found["wrong text"] += " version " not in hit.document.text
                found["questions"] += 1
                found["longest wait, ms"] = max(found["longest wait, ms"], int(1000 * (time.monotonic() - answered)))
                answered = time.monotonic()

    _again_and_again(ask, stop, found)


def can_fill() -> bool:
    """Whether a server can have a small disk: root alone mounts one for another user."""
    tried = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return os.geteuid() == 0 and bool(shutil.which("unshare")) and not subprocess.run(tried, check=False).returncode


def full_disk() -> dict[str, int]:
    """Put documents until the server's disk is full, make it larger, and go on; return counts.

    Raises:
        subprocess.CalledProcessError: no small disk can be had.
    """
    return in_namespace("archive", flags="-m")


def _fill() -> Counter[str]:
    """Do it, in a mount namespace of its own; what the server notes before it commits is on another disk."""
    found: Counter[str] = Counter(dict.fromkeys(("lost", "problems", "not said"), 0))
    with servers() as made:
        server = made.start()
        disk = server.folder / "small"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "none", str(disk), "-o"]
        subprocess.run([*mount, f"size=40m,uid={server.folder.stat().st_uid},mode=700"], check=True)
        server.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
        server.run("CREATE DATABASE news TABLESPACE small")
        put: list[int] = []
        said = ""
        with open_store(Settings(store=server.address("news")), _NEWS, write=RECIPE) as store:
            while not said:
                numbers = range(len(put), len(put) + _FEW)
                try:
                    store.put([_large(n) for n in numbers])
                    put += numbers
                except IndexFolderError as error:
                    said = str(error)
            found["not said"] += "\n" in said or "the server's disk is full" not in said
            subprocess.run([*mount, "remount,size=400m"], check=True)
            found["lost"] += sum(store.document(f"/houses/{n:06}.txt").text != text_of(n) for n in put)
            found["lost"] += len(put) - len(store)
            store.put([document(n) for n in range(len(put), len(put) + _FEW)])
            found["problems"] += len(list(store.problems()))
            found["documents"] = len(store)
        server.stop()
        subprocess.run(["umount", disk], check=True)
    return found


def _large(number: int) -> Prepared:
    made = document(number)
    noise = np.random.default_rng(number).bytes(200_000).hex()  # which does not get smaller when it is packed
    return replace(made, document=replace(made.document, title=noise))


def _again_and_again(act: Callable[[], None], stop: threading.Event, found: Counter[str]) -> None:
    while not stop.is_set():
        try:
            act()
        except QAError as error:
            found["errors"] += 1
            found["not said"] += "\n" in str(error)
            time.sleep(0.05)


if __name__ == "__main__":
    print(json.dumps(_fill()))
