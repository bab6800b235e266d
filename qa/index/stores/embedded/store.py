"""A collection in a folder: its catalogue, what FAISS and tantivy find in it, and hits made of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import IndexFolderError
from qa.index.keywords import stems, stems_asked
from qa.index.manifest import Recipe
from qa.index.stores.embedded import content
from qa.index.stores.embedded.catalogue import Catalogue, Numbered
from qa.index.stores.embedded.folders import CATALOGUE, held_for_writing, make
from qa.index.stores.embedded.nearest import Nearest
from qa.index.stores.embedded.vectors import Exact
from qa.index.stores.embedded.words import Words
from qa.index.stores.fusion import Scored, fused
from qa.index.stores.names import no_such, not_in
from qa.index.stores.protocol import Entry, Prepared, Store
from qa.types import Document, Hit, Passage

if TYPE_CHECKING:
    from qa.types import Vectors

_WORDS = "words"


class EmbeddedStore(Store):
    """One collection in a folder of its own."""

    def __init__(self, folder: Path, seconds: float) -> None:
        path = folder / CATALOGUE
        if not path.is_file():
            raise no_such(folder.name)
        self._folder, self._seconds = folder, seconds
        self._catalogue = Catalogue(path, seconds)
        try:
            self._recipe = self._catalogue.recipe()
        except IndexFolderError:
            self._catalogue.close()
            raise
        self._nearest, self._words = Nearest(self._catalogue), Words(folder / _WORDS)
        self._state, self._languages = 0, list[str]()

    @classmethod
    def open(cls, collections_dir: Path, name: str, write: Recipe | None, seconds: float) -> EmbeddedStore:
        """Open a collection; with the recipe to ``write`` it is made if there is none.

        Raises:
            IndexFolderError: there is none, it cannot be used, or is in use by another process for more than
                ``seconds``.
        """
        folder = collections_dir / name
        if write is None:
            return cls(folder, seconds)
        with held_for_writing(folder, seconds):
            make(folder, write, seconds)
            store = cls(folder, seconds)
            try:
                store._follow()
            except IndexFolderError:
                store.close()
                raise
            return store

    @property
    def recipe(self) -> Recipe:
        return self._recipe

    def put(self, documents: Sequence[Prepared]) -> None:
        if not documents:
            return
        with self._writing():
            for document in documents:
                self._fitting(document)
                self._catalogue.put(document)

    def touch(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        with held_for_writing(self._folder, self._seconds), self._catalogue.writing():
            self._catalogue.touch(entries)

    def remove(self, sources: Sequence[str]) -> None:
        if not sources:
            return
        with held_for_writing(self._folder, self._seconds):
            with self._writing():
                self._catalogue.remove(sources)
            self._catalogue.erase()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with held_for_writing(self._folder, self._seconds):
            with self._catalogue.writing():
                yield
            self._follow()

    def _follow(self) -> None:
        """Have FAISS and tantivy follow what was committed; where that was stopped, the next writer makes up for it."""
        self._write_words()
        self._nearest.fold(self._dimensions)

    def _fitting(self, prepared: Prepared) -> None:
        shape = (len(prepared.passages), self._dimensions or prepared.vectors.shape[1])
        if prepared.vectors.shape != shape:
            raise ValueError(f"{prepared.document.source}: vectors of shape {prepared.vectors.shape}, not {shape}")
        if not self._dimensions:
            self._catalogue.set("dimensions", shape[1])

    @property
    def _dimensions(self) -> int:
        return self._catalogue.get("dimensions") or 0

    def _write_words(self) -> None:
        try:
            self._words.refresh()
        except IndexFolderError:
            self._words.delete()
        if not self._words:
            self._catalogue.write_all_words_again()
        while pending := self._catalogue.unwritten_words():
            self._words.write((id_, self._stems(numbered) if numbered else ()) for id_, numbered in pending)
            self._catalogue.words_written(id_ for id_, _ in pending)

    def _stems(self, numbered: Numbered) -> Iterable[tuple[int, list[str]]]:
        try:
            document, passages = self._contents(numbered)
        except IndexFolderError:
            return ()  # damaged: whoever reads it is told so, and nobody else is kept waiting
        texts = (p.span.of(document.text) for p in passages)
        return zip(numbered.numbers, stems(texts, numbered.language), strict=True)

    def entries(self, sources: Sequence[str] | None = None) -> Iterator[Entry]:
        yield from self._catalogue.entries(sources)

    def __len__(self) -> int:
        return self._catalogue.counts()[0]

    def languages(self) -> Sequence[str]:
        with self._reading():
            return self._languages

    def search(self, vector: Vectors, words: str, count: int, among: Sequence[str] | None = None) -> list[Hit]:
        depth = 2 * count
        with self._reading():
            asked = stems_asked(words, self._languages)
            if among is None:
                dense, lexical = self._nearest.search(vector, depth), self._by_words(asked, depth)
                holding = {n: numbered for n, _ in [*dense, *lexical] if (numbered := self._catalogue.at_number(n))}
            else:
                inside = list(self._catalogue.numbered(among))
                dense, lexical = self._among(inside, vector, asked, depth)
                holding = {n: numbered for numbered in inside for n in numbered.numbers}
            return self._hits(dense, lexical, holding, vector, count)

    def best_of_each(
        self, vector: Vectors, words: str, per_document: int, among: Sequence[str] | None = None
    ) -> Iterator[list[Hit]]:
        for entry in self._catalogue.entries(among):
            with self._reading():
                numbered = self._find(entry.source)
                found = self._best_of(numbered, vector, words, per_document) if numbered else None
            if found is not None:  # nobody has removed it since it was listed
                yield found

    def _best_of(self, numbered: Numbered, vector: Vectors, words: str, count: int) -> list[Hit]:
        dense, lexical = self._among([numbered], vector, stems_asked(words, [numbered.language]), 2 * count)
        return self._hits(dense, lexical, dict.fromkeys(numbered.numbers, numbered), vector, count)

    def _by_words(self, asked: Sequence[str], depth: int) -> Scored:
        # Words of what was removed a moment ago may still be there.
        wanted = depth
        while True:
            found = self._words.search(asked, wanted)
            there = [(n, s) for n, s in found if self._catalogue.at_number(n)]
            if len(there) >= depth or len(found) < wanted:
                return there[:depth]
            wanted *= 8

    def _among(
        self, inside: Sequence[Numbered], vector: Vectors, asked: Sequence[str], depth: int
    ) -> tuple[Scored, Scored]:
        float16 = ((numbered.numbers, self._catalogue.vectors(numbered)) for numbered in inside)
        dense = Exact(float16, self._dimensions).nearest(vector, depth)
        return dense, self._words.search(asked, depth, [numbered.id for numbered in inside])

    def _hits(
        self, dense: Scored, lexical: Scored, holding: Mapping[int, Numbered], vector: Vectors, count: int
    ) -> list[Hit]:
        scores, cosines = fused(([n for n, _ in dense], [n for n, _ in lexical])), dict(dense)
        best = sorted(scores, key=lambda n: (-scores[n], holding[n].source, n))[:count]
        contents = {numbered: self._contents(numbered) for numbered in dict.fromkeys(holding[n] for n in best)}
        hits = []
        for n in best:
            document, passages = contents[holding[n]]
            cosine = cosines[n] if n in cosines else self._cosine(holding[n], n, vector)
            hits.append(Hit(document, passages[n - holding[n].first], cosine, scores[n]))
        return hits

    def _cosine(self, numbered: Numbered, number: int, vector: Vectors) -> float:
        row = self._dimensions * content.BYTES
        float16 = self._catalogue.vectors(numbered, (number - numbered.first) * row, row)
        return float(content.vectors_of(float16, self._dimensions)[0] @ vector)

    def passages(self, source: str) -> list[Hit]:
        with self._reading():
            document, passages = self._contents(self._numbered(source))
        return [Hit(document, passage, 0.0, 0.0) for passage in passages]

    def document(self, source: str) -> Document:
        with self._reading():
            return content.document_of(source, *self._catalogue.text(self._numbered(source)))

    def _numbered(self, source: str) -> Numbered:
        if numbered := self._find(source):
            return numbered
        raise IndexFolderError(not_in(self._folder.name, source))

    def _find(self, source: str) -> Numbered | None:
        return next(self._catalogue.numbered([source]), None)

    def _contents(self, numbered: Numbered) -> tuple[Document, Sequence[Passage]]:
        document = content.document_of(numbered.source, *self._catalogue.text(numbered))
        passages = content.passages_of(self._catalogue.places(numbered), document)
        if len(passages) != numbered.passages:
            raise IndexFolderError(f"{numbered.source}: the places of its passages are damaged")
        return document, passages

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._catalogue.reading():
            if (state := self._catalogue.get("state")) != self._state:
                self._nearest.refresh(self._dimensions)
                self._words.refresh()
                self._languages = self._catalogue.languages()
                self._state = state
            yield

    def problems(self) -> Iterator[str]:
        yield from self._catalogue.problems()
        yield from self._nearest.problems()
        with self._catalogue.reading():
            try:
                self._words.refresh()
            except IndexFolderError as error:
                yield str(error)
                return
            passages, written = self._catalogue.counts()[1], self._words.count()
            if self._catalogue.unwritten_words():
                yield f"{self._words.folder}: not as the documents are; the next `qa index -c` goes on with it"
            elif passages != written:
                yield (
                    f"{self._words.folder}: has the words of {written} passages, not {passages}; unless a document is "
                    "damaged, delete it, the next `qa index -c` makes it again"
                )

    def close(self) -> None:
        self._catalogue.close()
