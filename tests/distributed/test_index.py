"""Files prepared on a real cluster."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from qa.collections.prepare import Work, prepare
from qa.distributed import index as distributed
from qa.settings import Settings
from tests.clusters import Nodes, sent_to_workers
from tests.conftest import FakeEmbedder


def loads(_: Settings) -> FakeEmbedder:
    return FakeEmbedder()


def test_a_cluster_prepares_what_one_process_does(cluster: Nodes, settings: Settings, tmp_path: Path) -> None:
    files = [tmp_path / f"{n:02}.txt" for n in range(40)]
    for n, file in enumerate(files):
        file.write_text(f"House {n} stands in street {n % 7}. It has {n} windows.", encoding="utf-8")
    files[5].write_bytes(b"")
    files[6].unlink()
    works = [Work(str(file)) for file in files]
    wanted = list(prepare(works, settings, FakeEmbedder()))
    made = list(distributed.prepares_on(cluster.address, settings, loads)(works))
    one, other = ([p for batch in batches for p in batch.prepared] for batches in (wanted, made))
    assert [p.document for p in other] == [p.document for p in one]
    assert [p.passages for p in other] == [p.passages for p in one]
    assert np.array_equal(np.concatenate([p.vectors for p in other]), np.concatenate([p.vectors for p in one]))
    one_failed, other_failed = (
        [(f.source, str(f.error)) for b in batches for f in b.failed] for batches in (wanted, made)
    )
    assert other_failed == one_failed
    assert [source for source, _ in other_failed] == [str(files[5]), str(files[6])]


def test_a_file_that_workers_die_of_is_a_failure(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setattr(distributed, "in_order", lambda *_, **__: iter([([Work("/a.txt")], None)]))
    (batch,) = distributed.prepares_on("nowhere", settings, loads)([])
    assert [str(failed.error) for failed in batch.failed] == ["/a.txt: every process that tried to read it died"]


def test_no_worker_is_told_where_the_collection_is(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    made = sent_to_workers(monkeypatch, distributed)
    kept = msgspec.structs.replace(settings, store="postgresql://me:sesame@host/news")
    assert list(distributed.prepares_on("nowhere", kept, loads)([])) == []
    assert made
    assert b"sesame" not in made[0]
