"""What a model file holds, found out in a process of its own: a broken file can make llama.cpp abort."""

from __future__ import annotations

import ctypes
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from qa.errors import ModelError
from qa.models.files import parts_of
from qa.system.cache import ModelCache
from qa.system.hardware import free_memory
from qa.system.sandbox import SandboxError, run_in_sandbox

_SECONDS = 300  # for one file; a large one is read from the disk for the first time
_WORKING = 300_000_000  # bytes beside the weights: the window, the program, the other models


@dataclass(frozen=True, slots=True)
class Facts:
    """What llama.cpp says of a model file. ``context`` is the longest window it was trained for, in tokens."""

    description: str
    context: int
    title: str
    licence: str
    chat: bool


def inspect_model(path: Path, cache: ModelCache, *, context_tokens: int) -> Facts:
    """Load a model file in a process of its own; the result is cached until the file changes.

    Raises:
        ModelError: it is larger than the free memory, or cannot be used.
    """
    size = sum(p.stat().st_size for p in parts_of(path))
    if size + _WORKING > free_memory():
        raise ModelError(
            f"{path}: needs about {(size + _WORKING) / 1e9:.1f} GB of memory, {free_memory() / 1e9:.1f} GB are free; "
            "close other programs, or choose a smaller model or quantisation"
        )
    status = path.stat()
    key = f"model file {path.resolve()} {status.st_size} {status.st_mtime_ns} {context_tokens}"
    if cached := cache.blob(key):
        return msgspec.json.decode(cached, type=Facts)
    try:
        printed = run_in_sandbox(__name__, [str(path), str(context_tokens)], seconds=_SECONDS)
    except SandboxError as error:
        raise ModelError(
            f"{path}: llama.cpp cannot load it: {error}; download the file again, or give another with --model"
        ) from error
    facts = msgspec.json.decode(printed.splitlines()[-1], type=Facts)
    cache.keep_blob(key, msgspec.json.encode(facts))
    return facts


def main() -> None:
    """Load the model file of the arguments, evaluate one token, print a JSON object.

    An error is one line on standard error, and status 1.
    """
    import llama_cpp

    path, context_tokens = sys.argv[1], int(sys.argv[2])
    log: list[str] = []
    callback = llama_cpp.llama_log_callback(lambda _level, text, _data: log.append(text.decode(errors="replace")))
    llama_cpp.llama_log_set(callback, None)
    try:
        model = llama_cpp.Llama(path, n_ctx=context_tokens, n_batch=32, n_ubatch=32, verbose=False)
        model.eval([max(0, model.token_bos())])
    except (ValueError, RuntimeError, OSError, AssertionError) as error:
        # llama.cpp's own last complaint tells more than the exception.
        errors = [line.strip() for line in "".join(log).splitlines() if "error" in line.lower()]
        sys.exit((errors or [str(error)])[0])
    description = ctypes.create_string_buffer(256)
    llama_cpp.llama_model_desc(model.model, description, len(description))
    words = description.value.decode(errors="replace").split()
    if (size := model.metadata.get("general.size_label")) and len(words) > 1:
        words[1] = size  # llama.cpp guesses it from the number of layers
    facts = {
        "description": " ".join(words),
        "context": model.n_ctx_train()
        if hasattr(model, "n_ctx_train")
        else llama_cpp.llama_model_n_ctx_train(model.model),
        "title": model.metadata.get("general.name", ""),
        "licence": model.metadata.get("general.license", ""),
        "chat": "tokenizer.chat_template" in model.metadata,
    }
    print(json.dumps(facts))
