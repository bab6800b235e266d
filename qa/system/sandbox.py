"""Work on untrusted bytes in a process of its own, with limits: a crash, a loop or a flood there is one error here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

# The working folder can hold anything, a module of a known name too; so it is taken out of the path before any other
# import. The option -P does this only from Python 3.11 on.
_PROGRAM = (
    "import sys; sys.path[:] = [p for p in sys.path if p]; "
    "from importlib import import_module; import_module(sys.argv.pop(1)).main()"
)


class SandboxError(Exception):
    """The process failed; the text says how, in one line."""


class SandboxTimeoutError(SandboxError):
    """The process took longer than it was allowed to."""


def run_in_sandbox(module: str, arguments: Sequence[str], *, stdin: bytes = b"", seconds: float) -> bytes:
    """Run ``main()`` of a module, given by its dotted name, in a new process, and return what it printed.

    Raises:
        SandboxTimeoutError: it took longer than ``seconds``.
        SandboxError: it crashed, or said on standard error why it failed.
    """
    command = [sys.executable, "-c", _PROGRAM, module, *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=seconds)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise SandboxTimeoutError(f"not finished after {seconds:g} s") from error
    if done.returncode == 0:
        return done.stdout
    messages = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode > 0 and messages:
        raise SandboxError(messages[-1])
    raise SandboxError(f"the library crashed ({messages[-1] if messages else f'signal {-done.returncode}'})")


def limit(*, seconds: float, memory: int) -> None:
    """Limit the processor time and the memory, in bytes, of this process, where the system can."""
    import contextlib
    import math
    import resource

    for kind, most in ((resource.RLIMIT_CPU, math.ceil(seconds) + 1), (resource.RLIMIT_AS, memory)):
        # Not every system knows each limit; the time is watched from outside too.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
