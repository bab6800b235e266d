"""The models that the settings choose: embedder, reader and generator."""

from __future__ import annotations

from pathlib import Path

from qa.errors import ModelError, UsageError
from qa.models.embedders.minilm import BundledEmbedder
from qa.models.embedders.multilingual import MultilingualEmbedder
from qa.models.embedders.sentence_transformer import SentenceTransformerEmbedder
from qa.models.encoder import BundledEncoder, bundled_folder
from qa.models.files import resolve
from qa.models.generators.adapted import AdaptedGenerator
from qa.models.generators.llama import LlamaGenerator
from qa.models.generators.openai import SERVED, OpenAIGenerator
from qa.models.multilingual import MultilingualEncoder
from qa.models.nano_e5 import packaged_file
from qa.models.readers.minilm import OnnxReader
from qa.models.readers.mpnet import MPNetReader
from qa.models.readers.multilingual import MultilingualReader
from qa.paths import WEIGHTS
from qa.protocols import Embedder, Generator, Reader
from qa.settings import BUNDLED, MULTILINGUAL, SMALL, Settings
from qa.system.cache import ModelCache

_READING = 4096  # tokens of the window of a model that reads all that was retrieved


def load_encoder(settings: Settings) -> BundledEncoder | None:
    """Make the encoder that embedder and reader share; None where it is not installed."""
    folder = bundled_folder()
    return BundledEncoder(folder, threads=settings.threads) if folder else None


def load_languages(settings: Settings) -> MultilingualEncoder | None:
    """Make the encoder for other languages than English; None where it is not installed."""
    file = packaged_file()
    return MultilingualEncoder(file, threads=settings.threads) if file else None


def load_embedder(
    settings: Settings, encoder: BundledEncoder | None = None, languages: MultilingualEncoder | None = None
) -> Embedder:
    """Make the embedder; the bundled one is on ``encoder``, and on ``languages`` for all languages but English.

    Raises:
        ModelError: it is not installed.
    """
    if settings.embedder == MULTILINGUAL:
        languages = languages or load_languages(settings)
        if languages is None:
            raise ModelError("the multilingual embedder is missing; run `pip install 'article-qa[languages]'`")
        return MultilingualEmbedder(languages)
    if settings.embedder != BUNDLED:
        return SentenceTransformerEmbedder(settings.embedder, threads=settings.threads)
    encoder = encoder or load_encoder(settings)
    if encoder is None:
        raise ModelError("the bundled embedder is missing; run `pip install 'article-qa[bundled]'` or give --embedder")
    languages = languages or load_languages(settings)
    others = MultilingualEmbedder(languages) if languages else None
    return BundledEmbedder(encoder, threads=settings.threads, others=others)


def load_reader(
    settings: Settings, encoder: BundledEncoder | None = None, *, calibration: Path | None = None
) -> Reader | None:
    """Make the reader on ``encoder``; None if there is to be none, or the bundled ones' encoder is not installed.

    ``calibration`` is used instead of the larger reader's own.

    Raises:
        UsageError: the setting names no reader.
        ModelError: a file of the reader is missing, or one in a folder has no encoder to take the tokenizer from.
    """
    if settings.reader == "none":
        return None
    folder = WEIGHTS if settings.reader == BUNDLED else Path(settings.reader).expanduser()
    if settings.reader != SMALL and not folder.is_dir():
        raise UsageError(
            f"reader = {settings.reader!r}: must be bundled, small, none, or a folder with a larger reader"
        )
    # The tokenizer and the small reader's word vectors come with the bundled embedder; another can do without.
    encoder = encoder or load_encoder(settings)
    if encoder is not None:
        if settings.reader == SMALL:
            return OnnxReader(encoder)
        return MPNetReader(encoder, folder=folder, calibration=calibration, threads=settings.threads)
    if settings.reader in {BUNDLED, SMALL}:
        return None
    raise ModelError(
        "the tokenizer of the larger reader is missing; run `pip install 'article-qa[bundled]'`, or use --reader none"
    )


def load_quick_reader(settings: Settings, encoder: BundledEncoder | None = None) -> Reader | None:
    """Make the small reader, which reads what is too much for the larger one; None where that one is not used."""
    if settings.reader in {SMALL, "none"}:
        return None
    encoder = encoder or load_encoder(settings)
    return OnnxReader(encoder) if encoder else None


def load_other_reader(
    settings: Settings, languages: MultilingualEncoder | None = None, *, calibration: Path | None = None
) -> Reader | None:
    """Make the reader for other languages than English; None if there is to be none, or it is not installed.

    ``calibration`` is used instead of its own.

    Raises:
        ModelError: a file of the reader is missing.
    """
    languages = languages or load_languages(settings)
    if settings.reader == "none" or languages is None:
        return None
    return MultilingualReader(languages, calibration=calibration)


def load_tuned(settings: Settings, generator: Generator) -> Generator | None:
    """Put the adapter that words answers on the bundled generator.

    None for any other generator, with other prompts than it was trained for, and before it is trained.
    """
    adapter = WEIGHTS / "writer.gguf"
    if settings.prompts_dir or not adapter.is_file():
        return None
    if isinstance(generator, LlamaGenerator) and generator.is_bundled:
        return AdaptedGenerator(generator, adapter)
    return None


def window_of(settings: Settings) -> int:
    """Return the generator's context window in tokens; one that reads for itself has room for the passages."""
    reads = settings.answers_by in {"both", "model"}
    return max(settings.context_tokens, _READING) if reads else settings.context_tokens


def load_generator(settings: Settings, model: str) -> Generator:
    """Make a generator, given as in the setting ``model``; its file is looked for now, and loaded when first used.

    Raises:
        QAError: there is no such model, or it may not be used.
    """
    window = window_of(settings)
    if model.startswith(SERVED):
        return OpenAIGenerator(
            model.removeprefix(SERVED),
            settings.base_url,
            allow_network=settings.allow_network,
            context_tokens=window,
            seconds=settings.server_seconds,
        )
    return LlamaGenerator(
        resolve(model, settings.models_dir),
        threads=settings.threads,
        gpu_layers=settings.gpu_layers,
        context_tokens=window,
        cache=ModelCache(settings.cache_dir),
    )
