"""The connection to a cluster, by the commands that make one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from qa.distributed.cluster import connected
from qa.errors import QAError, UsageError
from tests.clusters import Nodes


def batch(folder: Path, address: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Ask a batch of one line in a process of its own."""
    file = folder / "batch.jsonl"
    file.write_text('{"id": 1, "question": "Who?", "source": "none.txt"}\n', encoding="utf-8")
    command = [sys.executable, "-m", "qa", "ask", "--batch", str(file), "--ray", address]
    given = {**os.environ, "TMPDIR": str(folder), **environment}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False)


def test_a_cluster_of_ones_own_ends_with_the_command_and_leaves_nothing() -> None:
    # Ray's sockets stand in it, and the address of a socket has at most 107 bytes.
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        done = batch(folder, "local", {})
        assert done.returncode == 0
        assert done.stderr.count("\n") == 1  # that the line could not be answered, and nothing of Ray's
        assert json.loads(done.stdout)["error"] == f"{folder}/none.txt: no such file or folder"
        assert not list(folder.glob("qa-*"))
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not [command for command in commands if str(folder).encode() in command]


def test_a_cluster_wants_its_token(cluster: Nodes, tmp_path: Path) -> None:
    done = batch(tmp_path, cluster.address, {**cluster.environment, "RAY_AUTH_TOKEN": "", "HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"qa: {cluster.address}: the cluster's token is not known here; give it in RAY_AUTH")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("everywhere", UsageError, "neither local, for the cores of this machine, nor HOST:PORT"),
        ("127.0.0.1:1", QAError, "127.0.0.1:1: no Ray cluster can be reached there"),
        ("nowhere.invalid:6379", QAError, "nowhere.invalid:6379: no Ray cluster can be reached there"),
    ],
)
def test_an_address_of_no_cluster_is_said(address: str, kind: type[QAError], said: str) -> None:
    with pytest.raises(kind, match=said), connected(address):
        pass
