"""The files of a collection read, split and embedded by the machines of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import msgspec

from qa.collections.prepare import Batch, Work, prepare
from qa.distributed.workers import cores_of, in_order
from qa.errors import SourceError
from qa.index.prepare import Failed
from qa.protocols import Embedder
from qa.settings import Settings
from qa.sources.find import shown

_TOGETHER = 32  # files

Loads = Callable[[Settings], Embedder]


def prepares_on(address: str, settings: Settings, loads: Loads) -> Callable[[Iterable[Work]], Iterator[Batch]]:
    """Return what prepares files as ``qa.collections.prepare`` does, on the cluster at ``address``.

    ``loads`` is called in each worker. Nothing is written there: whoever has the store open puts what comes.
    """
    cores = cores_of(settings)
    # They need not know where the collection is.
    make = partial(_make, loads, msgspec.structs.replace(settings, threads=cores, store=""))

    def spread(works: Iterable[Work]) -> Iterator[Batch]:
        for tried, batches in in_order(address, make, works, together=_TOGETHER, cores=cores):
            yield from batches if batches is not None else [Batch(failed=[_gave_up(work) for work in tried])]

    return spread


def _make(loads: Loads, settings: Settings) -> Callable[[Sequence[Work]], list[Batch]]:
    embedder = loads(settings)
    embedder.encode(["warm"])
    return lambda works: list(prepare(works, settings, embedder))


def _gave_up(work: Work) -> Failed:
    return Failed(work.source, SourceError(f"{shown(work.source)}: every process that tried to read it died"))
