"""What `/metrics` tells, in the text format of Prometheus."""

from __future__ import annotations

import math
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from qa.errors import QAError

_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counts of one server, in a registry of its own."""

    media_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "qa_questions", "Questions by what became of them", ["status"], registry=self._registry
        )
        self._seconds = Histogram(
            "qa_question_seconds", "Seconds of answering, without waiting", buckets=_BUCKETS, registry=self._registry
        )
        self._refused = Counter(
            "qa_refused", "Requests that were refused, by reason", ["reason"], registry=self._registry
        )
        self._waiting = Gauge("qa_waiting", "Questions that wait", registry=self._registry)
        self._sources = Gauge("qa_sources", "Sources that are open", registry=self._registry)

    def done(self, status: str, seconds: float) -> None:
        """Count a question that took ``seconds``."""
        self._questions.labels(status).inc()
        self._seconds.observe(seconds)

    def refused(self, reason: str) -> None:
        """Count a request that was refused."""
        self._refused.labels(reason).inc()

    def watch_waiting(self, count: Callable[[], float]) -> None:
        """Ask ``count`` how many questions wait."""
        self._waiting.set_function(count)

    def watch_sources(self, count: Callable[[], float]) -> None:
        """Ask ``count`` how many sources are open; not a number where it cannot tell."""

        def known() -> float:
            try:
                return count()
            except QAError:
                return math.nan

        self._sources.set_function(known)

    def text(self) -> bytes:
        """Write all counts."""
        return generate_latest(self._registry)
