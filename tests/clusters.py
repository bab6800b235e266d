"""A Ray cluster on this machine, for the length of a test."""

from __future__ import annotations

import os
import pickle
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

from qa.distributed.cluster import ENVIRONMENT

_BYTES = 80_000_000  # for results, the least that Ray takes


def sent_to_workers(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> list[bytes]:
    """Have a module of ``qa.distributed`` start no workers; return a list that gets what it would send to each."""
    sent: list[bytes] = []

    def nothing(_: str, make: object, *__: object, **___: object) -> Iterator[object]:
        sent.append(pickle.dumps(make))
        return iter([])

    monkeypatch.setattr(module, "in_order", nothing)
    return sent


class Nodes:
    """A cluster of nodes, each as if it were a machine."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        from ray.cluster_utils import Cluster

        self.environment = environment
        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, **_options()})
        self.address: str = self._cluster.address

    def add(self, cores: int = 1) -> Any:
        """Start a further node."""
        return self._cluster.add_node(num_cpus=cores, **_options())

    def kill(self, node: Any) -> None:
        """End a node with all that runs on it, at once."""
        self._cluster.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        self._cluster.shutdown()  # type: ignore[no-untyped-call]


def _options() -> dict[str, Any]:
    return {"include_dashboard": False, "object_store_memory": _BYTES}


@contextmanager
def nodes() -> Iterator[Nodes]:
    """Start a cluster of one node, which only who has its token can use."""
    environment = {**ENVIRONMENT, "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    with patch.dict(os.environ, environment):
        made = Nodes(environment)
        try:
            yield made
        finally:
            made.close()
