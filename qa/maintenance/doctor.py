"""Checks of all that answering a question needs; each failed one comes with how to fix it."""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from qa.errors import QAError
from qa.paths import WEIGHTS
from qa.settings import BUNDLED, SMALL, Settings
from qa.system.files import sha256_of
from qa.system.hardware import cores, free_memory

_PYTHONS = ((3, 10), (3, 13))
_LEAST_MEMORY = 1_000_000_000  # bytes
_SAMPLE = "The bakery in Hilltown was founded by Maria Lopez in 1990. It sells 40 kinds of bread."
_QUESTION, _ANSWER = "When was the bakery in Hilltown founded?", "1990"
_SAME = 0.999


class Finding(msgspec.Struct, frozen=True, rename={"detail": "found", "fix": "mend"}):
    """The result of one check; ``fix`` is empty where there is no problem.

    The keys of the JSON are older than the names here, and scripts rely on them.
    """

    name: str
    detail: str
    fix: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Run one check after the other, and yield each finding as soon as there is one."""
    checks: list[tuple[str, Callable[[Settings], Finding]]] = [
        ("Python", _python),
        ("memory", _memory),
        ("threads", _threads),
        ("compiler", _compiler),
        ("llama.cpp", _llama),
        ("model", _model),
        ("embedder", _embedder),
        ("reader", _reader),
        ("answers", _answers),
        ("indexes", _indexes),
        ("collections", _collections),
        ("a question", _question),
    ]
    for name, check in checks:
        try:
            yield check(settings)
        except QAError as error:
            yield Finding(name, str(error), "see the message")
        except (ImportError, OSError) as error:
            yield Finding(
                name, f"{type(error).__name__}: {error}", "reinstall the package; in a checkout, run `make setup`"
            )


def _python(_: Settings) -> Finding:
    supported = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
    return Finding("Python", platform.python_version(), "" if supported else "use Python 3.10 to 3.13")


def _memory(_: Settings) -> Finding:
    free = free_memory()
    return Finding("memory", f"{free / 1e9:.1f} GB free", "" if free > _LEAST_MEMORY else "close other programs")


def _threads(settings: Settings) -> Finding:
    available = cores()
    used = settings.threads or available
    fix = "" if used <= available else f"set --threads to at most {available}, the number of cores"
    return Finding("threads", f"{used} of {available}", fix)


def _compiler(_: Settings) -> Finding:
    compiler = next(filter(None, map(shutil.which, ("c++", "clang++", "g++"))), None)
    return Finding("compiler", compiler or "none; needed only to rebuild llama.cpp")


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
    started = time.perf_counter()
    generator.load()
    seconds = time.perf_counter() - started
    file = resolve(settings.model, settings.models_dir)
    digest = f"sha256 {sha256_of(Path(file))[:16]}, " if Path(file).is_file() else ""
    window = f"window {generator.context_tokens} tokens"
    return Finding("model", f"{generator.name}, {digest}{window}, loaded in {seconds:.2f} s")


def _embedder(settings: Settings) -> Finding:
    from qa.models.embedders.sentence_transformer import SentenceTransformerEmbedder
    from qa.models.encoder import bundled_folder
    from qa.models.select import load_embedder

    ours = load_embedder(settings)
    if settings.embedder != BUNDLED:
        return Finding("embedder", f"{ours.name}, {ours.dimensions} dimensions")
    reference = SentenceTransformerEmbedder(str(bundled_folder())).encode([_SAMPLE])
    cosine = float((ours.encode([_SAMPLE]) * reference).sum())
    fix = "" if cosine >= _SAME else "reinstall the package; in a checkout, run `git checkout qa/models/weights`"
    return Finding("embedder", f"{ours.name}, cosine {cosine:.4f} with sentence-transformers", fix)


def _reader(settings: Settings) -> Finding:
    from qa.answering.parts import load_parts

    reader = load_parts(settings).reader
    if reader is None:
        return Finding("reader", "none: answers rely on retrieval and the checker alone")
    bundled = {BUNDLED: WEIGHTS / "large.bin", SMALL: WEIGHTS / "reader.onnx"}
    file = bundled.get(settings.reader) or Path(settings.reader).expanduser() / "large.bin"
    return Finding("reader", f"{reader.name}, {file.name} with sha256 {sha256_of(file)[:16]}")


def _answers(settings: Settings) -> Finding:
    from qa.models.capability import decided, found

    by = decided(settings).answers_by
    if settings.answers_by != "auto":
        return Finding("answers", f"decided by {by}, as the setting answers_by says")
    capability = found(settings)
    if capability is None:
        return Finding("answers", "decided by the reader; `qa models test` measures whether the model can")
    return Finding("answers", f"decided by {by}: the model by itself had {capability.right:.0f} % right in its test")


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
    fix = f"run `qa remove {' '.join(broken)}`; they are rebuilt at the next question" if broken else ""
    return Finding("indexes", f"{count} in {settings.index_dir}, {len(broken)} damaged or of another version", fix)


def _collections(settings: Settings) -> Finding:
    from qa.index.stores.open import collections

    found = list(collections(settings))
    broken = [str(c) for c in found if isinstance(c, QAError)]
    detail = f"{len(found)}, {len(broken)} damaged or of another version"
    return Finding("collections", "; ".join([detail, *broken]), "delete them and index again" if broken else "")


def _question(settings: Settings) -> Finding:
    from qa.answering.assistant import Assistant
    from qa.answering.parts import load_parts

    with tempfile.TemporaryDirectory() as folder:
        article = Path(folder) / "sample.txt"
        article.write_text(_SAMPLE, encoding="utf-8")
        temporary = msgspec.structs.replace(settings, index_dir=Path(folder) / "indexes", min_confidence=0.0)
        assistant = Assistant([str(article)], temporary, load_parts(temporary))
        assistant.ask(_QUESTION)
        answer = assistant.ask(_QUESTION)
    fix = "" if _ANSWER in answer.answer else "report it with the output of `qa doctor --json`"
    return Finding("a question", f"{answer.answer!r} in {answer.timings.total_s:.2f} s", fix)
