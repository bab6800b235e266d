"""Is everything here that a question needs? Each finding is ok, or says the command that mends it."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from qa.errors import QAError
from qa.paths import WEIGHTS
from qa.settings import BUNDLED, Settings
from qa.system.files import sha256_of
from qa.system.hardware import cores, free_memory

_PYTHONS = ((3, 10), (3, 13))
_LEAST_MEMORY = 1_000_000_000  # bytes
_SAMPLE = "The bakery in Hilltown was founded by Maria Lopez in 1990. It sells 40 kinds of bread."
_QUESTION, _ANSWER = "When was the bakery in Hilltown founded?", "1990"
_SAME = 0.999


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: ``mend`` is empty where it is ok."""

    name: str
    found: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other, and give each finding as soon as there is one."""
    looks: list[tuple[str, Callable[[Settings], Finding]]] = [
        ("Python", _python),
        ("memory", _memory),
        ("threads", _threads),
        ("compiler", _compiler),
        ("llama.cpp", _llama),
        ("model", _model),
        ("embedder", _embedder),
        ("reader", _reader),
        ("indexes", _indexes),
        ("a question", _question),
    ]
    for name, look in looks:
        try:
            yield look(settings)
        except QAError as error:
            yield Finding(name, str(error), "see the message")
        except (ImportError, OSError) as error:
            yield Finding(
                name, f"{type(error).__name__}: {error}", "install the package again; in a checkout, `make setup`"
            )


def _python(_: Settings) -> Finding:
    known = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    return Finding("Python", platform.python_version(), "" if known else "use Python 3.10 to 3.13")


def _memory(_: Settings) -> Finding:
    free = free_memory()
    return Finding("memory", f"{free / 1e9:.1f} GB free", "" if free > _LEAST_MEMORY else "close other programs")


def _threads(settings: Settings) -> Finding:
    there = cores()
    used = settings.threads or there
    mend = "" if used <= there else "give --threads no more than there are cores"
    return Finding("threads", f"{used} of {there}", mend)


def _compiler(_: Settings) -> Finding:
    found = next(filter(None, map(shutil.which, ("c++", "clang++", "g++"))), None)
    return Finding("compiler", found or "none; it is needed only to build llama.cpp again")


def _llama(_: Settings) -> Finding:
    import llama_cpp

    features = llama_cpp.llama_print_system_info().decode().split("|")
    used = [f.split("=")[0].split(":")[-1].strip() for f in features if f.strip().endswith("= 1")]
    gpu = "a GPU" if llama_cpp.llama_supports_gpu_offload() else "no GPU"
    return Finding("llama.cpp", f"llama-cpp-python {llama_cpp.__version__}, built for {gpu} and {' '.join(used)}")


def _model(settings: Settings) -> Finding:
    from qa.answering.parts import load_parts
    from qa.models.files import resolve

    generator = load_parts(settings).generator
    began = time.perf_counter()
    generator.load()
    taken = time.perf_counter() - began
    file = resolve(settings.model, settings.models_dir)
    hashed = f"sha256 {sha256_of(Path(file))[:16]}, " if Path(file).is_file() else ""
    window = f"window {generator.context_tokens} tokens"
    return Finding("model", f"{generator.name}, {hashed}{window}, loaded in {taken:.2f} s")


def _embedder(settings: Settings) -> Finding:
    from qa.models.embedders.sentence_transformer import SentenceTransformerEmbedder
    from qa.models.encoder import bundled_folder
    from qa.models.select import load_embedder

    ours = load_embedder(settings)
    if settings.embedder != BUNDLED:
        return Finding("embedder", f"{ours.name}, {ours.dimensions} dimensions")
    known = SentenceTransformerEmbedder(str(bundled_folder())).encode([_SAMPLE])
    cosine = float((ours.encode([_SAMPLE]) * known).sum())
    mend = "" if cosine >= _SAME else "install the package again; in a checkout, `git checkout qa/weights`"
    return Finding("embedder", f"{ours.name}, cosine {cosine:.4f} with sentence-transformers", mend)


def _reader(settings: Settings) -> Finding:
    from qa.answering.parts import load_parts

    reader = load_parts(settings).reader
    if reader is None:
        return Finding("reader", "none: answers rest on retrieval and the checker alone")
    weights = WEIGHTS / "reader.onnx"
    return Finding("reader", f"{reader.name}, sha256 {sha256_of(weights)[:16]}")


def _indexes(settings: Settings) -> Finding:
    from qa.index.catalog import manifests
    from qa.index.storage import open_folder
    from qa.types import Document

    broken, count = [], 0
    for folder, manifest in manifests(settings.index_dir):
        count += 1
        try:
            if isinstance(manifest, QAError):
                raise manifest
            open_folder(folder, manifest, Document("", " " * manifest.characters, manifest.document_sha256))
        except QAError:
            broken.append(folder.name)
    mend = f"`qa remove {' '.join(broken)}`; they are built again when asked for" if broken else ""
    return Finding("indexes", f"{count} in {settings.index_dir}, {len(broken)} damaged or of another version", mend)


def _question(settings: Settings) -> Finding:
    from qa.answering.assistant import Assistant
    from qa.answering.parts import load_parts

    with tempfile.TemporaryDirectory() as folder:
        article = Path(folder) / "sample.txt"
        article.write_text(_SAMPLE, encoding="utf-8")
        inside = msgspec.structs.replace(settings, index_dir=Path(folder) / "indexes", min_confidence=0.0)
        assistant = Assistant([str(article)], inside, load_parts(inside))
        assistant.ask(_QUESTION)
        answer = assistant.ask(_QUESTION)
    mend = "" if _ANSWER in answer.answer else "report it, with the output of `qa doctor --json`"
    return Finding("a question", f"{answer.answer!r} in {answer.timings.total_s:.2f} s", mend)
