"""Work on untrusted bytes in a process of its own, with limits: a crash, a loop or a flood there is one error here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

# The working folder can hold anything, a module of a known name too; so it is taken out of the path before the import.
_START = "import sys; sys.path[:] = [p for p in sys.path if p]; from qa.{0} import main; main()"


class ApartError(Exception):
    """The process ended badly; the text says how, in one line."""


def run_apart(module: str, arguments: Sequence[str], *, given: bytes = b"", seconds: float) -> bytes:
    """Run ``main`` of a module of ``qa`` in a new process, and return what it printed.

    Raises:
        ApartError: it took longer than ``seconds``, crashed, or said on standard error why it could not be done.
    """
    command = [sys.executable, "-c", _START.format(module), *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ApartError(f"not done after {seconds:g} s") from error
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode > 0 and said:
        raise ApartError(said[-1])
    raise ApartError(f"the library crashed ({said[-1] if said else f'signal {-done.returncode}'})")


def limit(*, seconds: float, memory: int) -> None:
    """Let this process have no more than so much processor time, and so many bytes of memory, where that is known."""
    import contextlib
    import math
    import resource

    for kind, most in ((resource.RLIMIT_CPU, math.ceil(seconds) + 1), (resource.RLIMIT_AS, memory)):
        # Not every system knows each limit; the time is watched from outside too.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
