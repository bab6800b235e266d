"""A batch answered by the machines of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial

import msgspec

from qa.answering.assistant import Assistant
from qa.distributed.cluster import LOCAL
from qa.distributed.workers import cores_of, in_order
from qa.records.batch import Asked, answered
from qa.records.lines import BadLine
from qa.settings import Settings, without_password
from qa.types import Answer

_TOGETHER = 16  # lines: seconds of work, which is what is lost with a worker

Opens = Callable[[Settings], Assistant]


def answers(
    batch: Iterable[Asked], address: str, opens: Opens, settings: Settings
) -> Generator[Answer | BadLine, None, None]:
    """Answer lines as ``qa.records.batch.answers`` does, on the cluster at ``address``.

    ``opens`` is called in each worker. A password for the database is sent to no other machine: each has its own.

    Raises:
        QAError: the cluster or a model cannot be used.
    """
    cores = cores_of(settings)
    store = settings.store if address == LOCAL else without_password(settings.store)
    make = partial(_make, opens, msgspec.structs.replace(settings, threads=cores, store=store))
    for lines, made in in_order(address, make, batch, together=_TOGETHER, cores=cores):
        if made is None:
            yield from (line.failed("every process that tried to answer it died") for line in lines)
        else:
            yield from made


def _make(opens: Opens, settings: Settings) -> Callable[[Sequence[Asked]], list[Answer | BadLine]]:
    assistant = opens(settings)
    assistant.load_models()
    return lambda lines: [answered(line, assistant) for line in lines]
