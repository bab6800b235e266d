"""The models and prompts that an assistant works with, made from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from qa.answering.prompts import Prompts, load_prompts
from qa.answering.writing.opinion import Trust
from qa.models.capability import decided, found
from qa.models.select import (
    load_embedder,
    load_encoder,
    load_generator,
    load_languages,
    load_other_reader,
    load_quick_reader,
    load_reader,
    load_tuned,
)
from qa.protocols import Embedder, Generator, Reader
from qa.settings import Settings
from qa.text.language import KNOWN
from qa.types import Calibration, Hit

# Without a reader the retrieval alone says how far to trust an answer; the checker decides about its words.
_WITHOUT_READER = Calibration(
    order={}, confidence={"bias": -1.2, "similarity": 3.0, "overlap": 1.5, "unknown_names": -2.0}, words={}
)


@dataclass(frozen=True)
class Parts:
    """What is made once and used for every question."""

    embedder: Embedder
    generator: Generator
    prompts: Prompts
    reader: Reader | None = None
    quick: Reader | None = None  # reads what is too much for the reader; None where that one is quick itself
    others: Reader | None = None  # reads other languages than English
    trust: Trust = field(default_factory=Trust)
    tuned: Generator | None = None  # the generator, tuned to word an answer that is known

    @property
    def calibration(self) -> Calibration:
        """Weights of the confidence, by feature."""
        return self.reader.calibration if self.reader else _WITHOUT_READER

    def embedder_of(self, hits: Sequence[Hit]) -> Embedder:
        """Return the embedder for the language of the first hit."""
        return self.embedder.in_language(hits[0].document.language) if hits else self.embedder

    def reader_of(self, hits: Sequence[Hit]) -> Reader | None:
        """Return the reader for the language of the first hit."""
        return self.others if self.others and hits and hits[0].document.language != KNOWN else self.reader

    def quick_reader_of(self, hits: Sequence[Hit]) -> Reader | None:
        """Return what reads many sentences in the language of the first hit."""
        reader = self.reader_of(hits)
        return self.quick if self.quick and reader is self.reader else reader

    @property
    def wording(self) -> tuple[Generator, Prompts]:
        """What words an answer that the reader has found, and with which prompts."""
        return (self.tuned, self.prompts.without_examples()) if self.tuned else (self.generator, self.prompts)


def load_parts(settings: Settings, *, calibration: Path | None = None, other_calibration: Path | None = None) -> Parts:
    """Make the models; files are looked for now, and loaded when first used.

    ``calibration`` is a file used instead of the larger reader's own, ``other_calibration`` instead of that for other
    languages.

    Raises:
        QAError: a model or a prompt is missing.
    """
    settings, encoder, languages = decided(settings), load_encoder(settings), load_languages(settings)
    generator = load_generator(settings, settings.model)
    return Parts(
        embedder=load_embedder(settings, encoder, languages),
        generator=generator,
        prompts=load_prompts(settings.prompts_dir),
        reader=load_reader(settings, encoder, calibration=calibration),
        quick=load_quick_reader(settings, encoder),
        others=load_other_reader(settings, languages, calibration=other_calibration),
        trust=_trust(settings),
        tuned=load_tuned(settings, generator),
    )


def _trust(settings: Settings) -> Trust:
    """Tell how far the model is trusted; ``settings`` are decided."""
    answers_by = settings.answers_by
    if answers_by == "auto" or answers_by == "reader":  # noqa: PLR1714 - narrows the type
        return Trust()
    capability = found(settings)
    return Trust(answers_by, capability.right / 100) if capability else Trust(answers_by)


def with_model(parts: Parts, settings: Settings, model: str) -> Parts:
    """Replace the generator by another, given as in the setting ``model``.

    Raises:
        QAError: there is no such model, or it may not be used.
    """
    chosen = decided(msgspec.structs.replace(settings, model=model))
    generator = load_generator(chosen, model)
    return replace(parts, generator=generator, trust=_trust(chosen), tuned=load_tuned(chosen, generator))
