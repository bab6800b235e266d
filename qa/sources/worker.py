"""Reads a file whose format needs a library, in a process of its own with limits."""

from __future__ import annotations

import os
import sys

import msgspec

from qa.errors import SourceError
from qa.sources import formats
from qa.sources.formats import Extracted
from qa.system.sandbox import SandboxError, SandboxTimeoutError, limit, run_in_sandbox
from qa.types import Limits


def extract_in_sandbox(raw: bytes, suffix: str, source: str, limits: Limits) -> Extracted:
    """Read the bytes of a file as ``formats.extract`` does.

    Raises:
        SourceError: they are not of that format, hold no text, or reading them breaks a limit.
    """
    arguments = [suffix, source, str(limits.characters), str(limits.memory), str(limits.seconds)]
    try:
        printed = run_in_sandbox(__name__, arguments, stdin=raw, seconds=limits.seconds)
    except SandboxTimeoutError as error:
        raise SourceError(f"{source}: {error}; raise read_seconds (QA_READ_SECONDS)") from error
    except SandboxError as error:
        raise SourceError(f"{source}: {str(error).removeprefix(f'{source}: ')}") from error
    return msgspec.json.decode(printed, type=Extracted)


def main() -> None:
    """Read standard input, print what was extracted as JSON; what goes wrong is one line, and status 1."""
    suffix, source, characters, memory, seconds = sys.argv[1:]
    limit(seconds=float(seconds), memory=int(memory))
    # Nothing that a library prints may stand before the JSON.
    printed = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        found = formats.extract(sys.stdin.buffer.read(), suffix, source)
    except SourceError as error:
        sys.exit(" ".join(str(error).split()))
    except MemoryError:
        sys.exit(f"{source}: needs more than {int(memory) / 1e6:,.0f} MB of memory; raise read_memory_mb")
    if len(found.text) > int(characters):
        sys.exit(f"{source}: unpacks to more than {int(characters):,} characters; raise max_text_mb")
    printed.write(msgspec.json.encode(found))
    printed.close()
