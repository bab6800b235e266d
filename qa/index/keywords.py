"""Passages by their words: BM25 on disk, with tantivy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from qa.errors import IndexFolderError
from qa.text.language import STEMMERS, WITHOUT_SPACES, stop_words

_ANALYZER = "words"
_TEXT, _NUMBER = "text", "number"
_HEAP = 64_000_000  # bytes that a writer collects before it writes a segment


class WordIndex:
    """A folder with the words of passages, searched by BM25 (Robertson and Zaragoza, 2009)."""

    def __init__(self, folder: Path, language: str) -> None:
        self._folder, self._language = folder, language

    def write(self, texts: Iterable[str]) -> None:
        """Write the index of ``texts``, which are numbered from 0, to the empty folder."""
        import tantivy

        index = tantivy.Index(_schema(), path=str(self._folder))
        index.register_tokenizer(_ANALYZER, _analyzer(self._language))
        writer = index.writer(heap_size=_HEAP, num_threads=1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(**{_TEXT: text, _NUMBER: number}))
        writer.commit()
        writer.wait_merging_threads()

    @cached_property
    def _searcher(self) -> Any:
        import tantivy

        try:
            return tantivy.Index.open(str(self._folder)).searcher()
        except ValueError as error:
            raise IndexFolderError(f"{self._folder}: a damaged or foreign index: {error}") from error

    def open(self) -> None:
        """Open the files now: what is open stays readable when another process deletes it.

        Raises:
            IndexFolderError: they are not there, or not such files.
        """
        _ = self._searcher

    def search(self, question: str, count: int) -> list[tuple[int, float]]:
        """Return (number, score) of the ``count`` best passages that share a word with the question, best first."""
        from tantivy import Occur, Query

        schema = _schema()
        words = dict.fromkeys(_analyzer(self._language).analyze(question))
        if not words:
            return []
        query = Query.boolean_query([(Occur.Should, Query.term_query(schema, _TEXT, w)) for w in words])
        hits = self._searcher.search(query, count).hits
        return [(int(self._searcher.doc(address)[_NUMBER][0]), float(score)) for score, address in hits]


def terms(text: str, language: str) -> list[str]:
    """Return the different words of ``text`` that carry meaning in that language, as stems."""
    analyzed = dict.fromkeys(_analyzer(language).analyze(text))
    if language not in WITHOUT_SPACES:
        return list(analyzed)
    ignored = stop_words(language)
    return [w for w in analyzed if w.isalnum() and not ignored & {w, *w}]


def stems(texts: Iterable[str], language: str) -> Iterator[list[str]]:
    """Give the words of each text in that language as stems, in their order, each as often as it stands there.

    A stem has letters, marks and digits alone, so that stems can be joined by spaces.
    """
    analyzer = _analyzer(language)
    for text in texts:
        words = analyzer.analyze(text)
        # Pieces of two characters can hold a space; words never do.
        yield [w for w in words if all(map(_in_words, w))] if language in WITHOUT_SPACES else words


def _in_words(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def stems_asked(question: str, languages: Iterable[str]) -> list[str]:
    """Return the different stems that a question has in any of ``languages``."""
    return list(dict.fromkeys(w for language in languages for words in stems([question], language) for w in words))


def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_text_field(_TEXT, stored=False, tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_unsigned_field(_NUMBER, stored=True)
    return builder.build()


def _analyzer(language: str) -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    if language in WITHOUT_SPACES:
        return TextAnalyzerBuilder(Tokenizer.ngram(min_gram=1, max_gram=2)).filter(Filter.lowercase()).build()
    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(64)).filter(Filter.lowercase())
    if ignored := stop_words(language):
        builder = builder.filter(Filter.custom_stopword(sorted(ignored)))
    if language in STEMMERS:
        builder = builder.filter(Filter.stemmer(STEMMERS[language]))
    return builder.build()
