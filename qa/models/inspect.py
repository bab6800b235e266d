"""Loads one model file and prints what it is, as a process of its own: a broken file can make llama.cpp abort.

It gets the file and the tokens of the window as arguments. What goes wrong is one line on standard error, and status 1.
"""

from __future__ import annotations

import ctypes
import json
import sys


def main() -> None:
    """Load the file, evaluate one token, print a JSON object."""
    import llama_cpp

    path, context_tokens = sys.argv[1], int(sys.argv[2])
    said: list[str] = []
    keep = llama_cpp.llama_log_callback(lambda _level, text, _data: said.append(text.decode(errors="replace")))
    llama_cpp.llama_log_set(keep, None)
    try:
        model = llama_cpp.Llama(path, n_ctx=context_tokens, n_batch=32, n_ubatch=32, verbose=False)
        model.eval([max(0, model.token_bos())])
    except (ValueError, RuntimeError, OSError, AssertionError) as error:
        # llama.cpp's own last complaint tells more than the exception.
        errors = [line.strip() for line in "".join(said).splitlines() if "error" in line.lower()]
        sys.exit((errors or [str(error)])[0])
    description = ctypes.create_string_buffer(256)
    llama_cpp.llama_model_desc(model.model, description, len(description))
    words = description.value.decode(errors="replace").split()
    if (size := model.metadata.get("general.size_label")) and len(words) > 1:
        words[1] = size  # llama.cpp guesses it from the number of layers
    made = {
        "description": " ".join(words),
        "context": model.n_ctx_train()
        if hasattr(model, "n_ctx_train")
        else llama_cpp.llama_model_n_ctx_train(model.model),
        "title": model.metadata.get("general.name", ""),
        "licence": model.metadata.get("general.license", ""),
        "chat": "tokenizer.chat_template" in model.metadata,
    }
    print(json.dumps(made))
