"""Extraction in a sandbox: the libraries read untrusted bytes in a process of its own, with limits."""

from __future__ import annotations

import os
import sys

import msgspec

from qa.errors import SourceError
from qa.sources.formats import extract
from qa.sources.formats.extracted import Extracted
from qa.system.sandbox import SandboxError, SandboxTimeoutError, limit, run_in_sandbox
from qa.types import Limits


def extract_in_sandbox(raw: bytes, suffix: str, source: str, limits: Limits) -> Extracted:
    """Extract the text of a file as ``formats.extract`` does, in a process of its own.

    Raises:
        SourceError: the bytes are not of that format, hold no text, or extraction exceeds a limit.
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
    """Read a file from standard input and print what it holds as JSON; an error is one line, and status 1."""
    suffix, source, characters, memory, seconds = sys.argv[1:]
    limit(seconds=float(seconds), memory=int(memory))
    # A library may print; only the JSON may reach standard output.
    printed = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        extracted = extract(sys.stdin.buffer.read(), suffix, source)
    except SourceError as error:
        sys.exit(" ".join(str(error).split()))
    except MemoryError:
        sys.exit(f"{source}: needs more than {int(memory) / 1e6:,.0f} MB of memory; raise read_memory_mb")
    if len(extracted.text) > int(characters):
        sys.exit(f"{source}: unpacks to more than {int(characters):,} characters; raise max_text_mb")
    printed.write(msgspec.json.encode(extracted))
    printed.close()
