"""From the bytes of a file to passages: what an index of one article and a collection have in common."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from qa.errors import QAError
from qa.index.manifest import Recipe
from qa.index.passages import split
from qa.protocols import Embedder
from qa.settings import Settings
from qa.sources.read import parse
from qa.text.language import AUTO, KNOWN, language_of
from qa.types import Document, Limits, Passage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failed:
    """A source that cannot be indexed."""

    source: str
    error: QAError


def recipe_of(settings: Settings, embedder: Embedder) -> Recipe:
    """Return how these settings have documents split and embedded."""
    return Recipe(
        embedder=embedder.name,
        embedder_sha256=embedder.fingerprint,
        language=settings.language,
        passage_tokens=settings.passage_tokens,
        overlap_sentences=settings.overlap_sentences,
    )


def document_of(raw: bytes, source: str, language: str, limits: Limits, embedder: Embedder) -> Document:
    """Make a document of the bytes of a file, in ``language`` or the one that is found; warn of what is unusual.

    That it is in a language which nothing installed reads is unusual, and ``embedder`` tells.

    Raises:
        SourceError: they are not of the format that the suffix names, or hold no text.
    """
    document = parse(raw, source, limits)
    document = replace(document, language=language_of(document.text) if language == AUTO else language)
    if document.language != KNOWN and not embedder.in_language(document.language).multilingual:
        log.warning(
            "%s: is in another language than English (%s): answers are whole sentences, found by their words; "
            "`pip install 'article-qa[languages]'` has it read",
            source,
            document.language,
        )
    for what in document.unread:
        log.warning("%s: %s", source, what)
    return document


def passages_of(document: Document, embedder: Embedder, recipe: Recipe) -> list[Passage]:
    """Split a document into passages that the embedder takes whole."""
    return split(
        document.text,
        embedder.count_tokens,
        max_tokens=min(recipe.passage_tokens, embedder.max_tokens),
        overlap_sentences=recipe.overlap_sentences,
        language=document.language,
    )
