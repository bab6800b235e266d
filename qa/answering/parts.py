"""The models and prompts that an assistant works with, made from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from qa.answering.prompts import Prompts, load_prompts
from qa.models.select import load_embedder, load_encoder, load_generator, load_reader
from qa.protocols import Embedder, Generator, Reader
from qa.settings import Settings

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
    encoder = load_encoder(settings)
    return Parts(
        embedder=load_embedder(settings, encoder),
        generator=load_generator(settings, settings.model),
        prompts=load_prompts(settings.prompts_dir),
        reader=load_reader(settings, encoder),
    )


def with_model(parts: Parts, settings: Settings, model: str) -> Parts:
    """Replace the generator by another, given as in the setting ``model``.

    Raises:
        QAError: there is no such model, or it may not be used.
    """
    return replace(parts, generator=load_generator(settings, model))
