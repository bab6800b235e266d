"""The connection to a Ray cluster, or to one that is started on this machine for as long as it is needed."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from qa.errors import QAError, UsageError, first_line
from qa.system.hardware import cores

LOCAL = "local"
_SECONDS = 5.0  # for the cluster's port to answer
_RESULTS = 200_000_000  # bytes for results on their way
# Ray reads these when it is imported, and hands them on to the processes that it starts.
ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # What Ray has to say of a worker that died goes to standard output, which belongs to the answers.
    "RAY_DEDUP_LOGS": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": "^",
}


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Be connected to the cluster at HOST:PORT; ``local`` starts one on this machine, which ends with the connection.

    Raises:
        UsageError: not an address, or Ray is not installed.
        QAError: the cluster cannot be reached, asks for another token, or has another version of Ray.
    """
    given: dict[str, Any] = {"address": address}
    os.environ.update(ENVIRONMENT)
    with ExitStack() as stack:
        if address == LOCAL:
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
            # Ray's own place for its logs is never emptied.
            folder = stack.enter_context(TemporaryDirectory(prefix="qa-", ignore_cleanup_errors=True))
            given |= {"_temp_dir": folder, "num_cpus": cores(), "object_store_memory": _RESULTS}
            given |= {"include_dashboard": False}
        else:
            _knock(address)
        try:
            import ray
        except ModuleNotFoundError as error:
            raise UsageError(f"{error.name} is not installed; run `pip install 'article-qa[ray]'`") from error
        # Also where starting is interrupted.
        stack.callback(ray.shutdown)
        try:
            with _no_words():
                ray.init(**given, log_to_driver=False, logging_level=logging.CRITICAL)
        except ray.exceptions.AuthenticationError as error:
            raise QAError(
                f"{address}: the cluster's token is not known here; give it in RAY_AUTH_TOKEN or ~/.ray/auth_token"
            ) from error
        except ConnectionError as error:
            raise QAError(
                f"{address}: not a Ray cluster that this machine is part of and whose token is the one in "
                "RAY_AUTH_TOKEN or ~/.ray/auth_token"
            ) from error
        except (RuntimeError, ValueError, OSError, ray.exceptions.RayError) as error:
            raise QAError(f"{address}: Ray cannot be used: {first_line(error)}") from error
        # Ray's own handler prints its stack.
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))
        yield


@contextmanager
def _no_words() -> Iterator[None]:
    """Keep what native code writes to standard error from being seen: what matters to Ray it raises."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _knock(address: str) -> None:
    """Find out at once what Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise UsageError(f"--ray {address}: neither local, for the cores of this machine, nor HOST:PORT")
    try:
        socket.create_connection((host, int(port)), _SECONDS).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise QAError(f"{address}: no Ray cluster can be reached there: {first_line(error)}") from error
