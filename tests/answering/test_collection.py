"""A collection that is asked: its documents are found first, and what was read of which is said."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import msgspec
import pytest

from qa.answering.assistant import Assistant
from qa.answering.collection import Collection, likeliest
from qa.errors import IndexFolderError, SourceError, UsageError
from qa.index.stores.open import open_store
from qa.index.stores.protocol import Entry, Store
from qa.protocols import Reader
from qa.settings import Settings
from qa.types import Answer, Document, Hit, Passage, Span
from tests import collecting
from tests.conftest import FakeEmbedder, FakeReader

Over = Callable[..., Assistant]
TEXTS = {
    "bakery": "The bakery was founded by Maria Lopez. It sells 40 kinds of bread.",
    "bridge": "The bridge was opened in May. It crosses the river at Hilltown.",
    "library": "The library lends books to children. It is closed on Sundays.",
    "mill": "The mill was closed in the autumn. Its owner lives in Southby.",
    "school": "The school has a new roof. The roof was paid for by the town.",
}


@pytest.fixture(params=["embedded", "postgres"])
def where(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings of a collection of five articles below the working folder, in each kind of store."""
    monkeypatch.chdir(tmp_path)
    store = request.getfixturevalue("database") if request.param == "postgres" else ""
    chosen = msgspec.structs.replace(settings, collections_dir=tmp_path / "collections", store=store)
    collecting.index(collecting.write(tmp_path / "articles", **TEXTS), chosen)
    return chosen


@pytest.fixture
def over(where: Settings) -> Iterator[Over]:
    with ExitStack() as stack:

        def opened(*sources: str, texts: tuple[str, ...] = (), reader: Reader | None = None) -> Assistant:
            assistant = collecting.over(where, *sources, texts=texts, reader=reader)
            stack.callback(assistant.close)
            return assistant

        yield opened


def hit(source: str, text: str, score: float) -> Hit:
    return Hit(Document.from_text(source, text), Passage(Span(0, len(text)), (Span(0, len(text)),)), 0.5, score)


def test_a_similarity_in_a_language_that_the_embedder_does_not_know_says_nothing(where: Settings, over: Over) -> None:
    german = "Die Brücke wurde im Mai eröffnet. Sie führt bei Hügelstadt über den Fluss und ist sehr schön."
    collecting.index(collecting.write(Path("german"), bruecke=german), where)
    hits = over().retriever().retrieve("Wann wurde die Brücke eröffnet?", 6)
    assert {(h.document.language, h.comparable) for h in hits} == {("de", False), ("en", True)}


def test_who_wrote_it_is_not_answered_of_any_of_many(over: Over) -> None:
    assistant = over(reader=FakeReader("nobody"))
    assert assistant.ask("Who wrote this article?").status == "not_in_article"
    assert not list(assistant.retriever().remarks([]))


def test_the_answer_comes_from_the_document_that_has_it_and_the_citation_says_which(over: Over) -> None:
    assistant = over(reader=FakeReader("Maria Lopez"), texts=("Maria Lopez founded the bakery [1].",))
    answer = assistant.ask("Who founded the bakery?")
    (citation,) = answer.citations
    assert citation.source == os.path.join("articles", "bakery.txt")  # noqa: PTH118
    assert Path(citation.source).read_text(encoding="utf-8")[citation.start : citation.end] == citation.quote
    assert answer.checks == ("written: “Maria Lopez founded the bakery.”: kept",)


def test_a_question_can_be_asked_of_some_documents(over: Over) -> None:
    reader = FakeReader("Maria Lopez")
    assert over("articles/bridge.txt", "articles/mill.txt", reader=reader).ask("Who?").status == "not_in_article"
    texts = ("Maria Lopez founded the bakery [1].",) * 2
    assistant = over(reader=reader, texts=texts)
    assert assistant.ask("Who?", sources=["articles/bridge.txt"]).status == "not_in_article"
    assert assistant.ask("Who?", sources=["articles/bakery.txt"]).status == "answered"
    assert assistant.ask("Who?", sources=["articles"]).status == "answered"
    assert assistant.corpus.expand(["articles/b*.txt"]) == ("articles/bakery.txt", "articles/bridge.txt")


def test_what_is_not_in_the_collection_is_named(over: Over) -> None:
    with pytest.raises(SourceError, match=r"^elsewhere\.txt: not in the collection news; `qa list -c news` shows"):
        over("elsewhere.txt")
    with pytest.raises(UsageError, match=r"`qa index -c news new\.txt` adds it"):
        over().add("new.txt")


def test_what_is_named_is_looked_up_together(over: Over, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = over().corpus
    assert isinstance(corpus, Collection)
    asked: list[Sequence[str] | None] = []
    entries = type(corpus._store).entries

    def counted(self: Store, sources: Sequence[str] | None = None) -> Iterator[Entry]:
        asked.append(sources)
        return entries(self, sources)

    monkeypatch.setattr(type(corpus._store), "entries", counted)
    names = tuple(f"articles/{name}.txt" for name in ("school", "mill", "bakery"))
    assert corpus.expand(names) == names
    assert len(asked) == 1
    assert corpus.expand(["articles/mill.txt", "articles"]) == (
        "articles/mill.txt",
        *(n for n in sorted(f"articles/{name}.txt" for name in TEXTS) if "mill" not in n),
    )


def test_where_there_is_nothing_to_be_asked_it_is_said(over: Over, where: Settings) -> None:
    chosen, whole = over("articles/mill.txt"), over()
    paths = [str(Path("articles", f"{name}.txt").absolute()) for name in TEXTS]
    with open_store(where, "news") as store:
        store.remove([path for path in paths if "mill" in path])
        for question in ("Who closed the mill?", "What are the main points?"):
            with pytest.raises(SourceError, match=r"^news: what was to be asked has been removed; `qa list -c news`"):
                chosen.ask(question)
        assert whole.ask("Who closed the mill?").status == "not_in_article"
        store.remove(paths)
    for question in ("Who closed the mill?", "What are the main points?"):
        with pytest.raises(SourceError, match=r"^news: has no documents; `qa index -c news FOLDER` adds some"):
            whole.ask(question)


def test_a_question_can_be_in_the_language_of_any_document(over: Over, where: Settings) -> None:
    german = "Die Häuser wurden gestern von der Polizei durchsucht, sagte ein Sprecher der Behörde."
    texts = {f"x{n:02}": f"This is the article number {n}. It has two sentences." for n in range(55)}
    collecting.index(collecting.write(Path("articles"), **texts, z=german), where)
    assert over().ask("Wer sagte das über die Brücke in Berlin?").answer == "Das steht nicht im Artikel."
    many = [f"articles/{name}.txt" for name in (*texts, "z")]
    assert over().ask("Wer sagte das über die Brücke in Berlin?", sources=many).answer != "The article does not say."
    assert over("articles/x01.txt").retriever().languages() == {"en"}


def test_documents_are_listed_and_chosen_by_their_paths(over: Over) -> None:
    corpus = over().corpus
    names = [f"articles/{name}.txt" for name in TEXTS]
    assert [document.source for document, _ in corpus.documents(())] == names
    assert corpus.matching("b", ()) == ("articles/bakery.txt", "articles/bridge.txt", "articles/library.txt")
    assert corpus.matching("l", names[3:]) == ("articles/mill.txt", "articles/school.txt")
    assert (corpus.count(()), corpus.count(names[:2])) == (5, 2)
    document = corpus.document("articles/mill.txt", ())
    assert document
    assert document.text == TEXTS["mill"]
    assert corpus.document("articles/mill.txt", names[:2]) is None
    assert corpus.document("articles/none.txt", ()) is None


def test_a_question_over_the_whole_article_is_asked_of_the_likeliest_document_and_says_so(
    over: Over, caplog: pytest.LogCaptureFixture
) -> None:
    answer = over().ask("Summarize the article about the school and its roof")
    assert {c.source for c in answer.citations} == {"articles/school.txt"}
    said = "read whole: articles/school.txt, the likeliest of 5 documents; to have others read, name them as the source"
    assert answer.checks == (said,)
    assert caplog.messages == [said]


def test_few_documents_are_all_read_whole(over: Over) -> None:
    answer = over("articles/school.txt", "articles/mill.txt").ask("What are the main points?")
    assert {c.source for c in answer.citations} == {"articles/school.txt", "articles/mill.txt"}
    assert answer.checks == ()


def test_both_of_two_things_that_are_compared_are_found(over: Over) -> None:
    hits = over().retriever().passages("the school roof", "the mill owner")
    assert {h.document.source for h in hits} == {"articles/school.txt", "articles/mill.txt"}


def test_a_cited_document_that_has_changed_since_is_named(over: Over) -> None:
    assistant = over(reader=FakeReader("Maria Lopez"), texts=("Maria Lopez founded the bakery [1].",) * 4)
    path = Path("articles/bakery.txt")

    def remarks() -> list[str]:
        return list(assistant.ask("Who founded the bakery?").checks[1:])

    os.utime(path, (1, 1))
    assert remarks() == []
    path.write_text("Something else.", encoding="utf-8")
    again = "`qa index -c news articles/bakery.txt` brings it up to date"
    assert remarks() == [f"articles/bakery.txt: its file is not the one that was indexed; {again}"]
    path.unlink()
    answer = assistant.ask("Who founded the bakery?")
    gone = "its file is gone; `qa remove -c news articles/bakery.txt` removes it"
    assert answer.checks[1:] == (f"articles/bakery.txt: {gone}",)
    assert answer.citations[0].quote == "The bakery was founded by Maria Lopez."


def test_another_embedder_cannot_ask(where: Settings) -> None:
    embedder = FakeEmbedder()
    embedder.name = "another"
    with pytest.raises(IndexFolderError, match=r"news: was indexed with the embedder bag-of-words, .*another"):
        Collection.open(collecting.NAME, where, embedder)


def test_each_document_is_asked_as_if_it_were_alone(over: Over, where: Settings) -> None:
    assistant = over()
    corpus = assistant.corpus
    assert isinstance(corpus, Collection)
    names = list(corpus.names(()))
    found = {name: r.retrieve("Who founded it?", 2) for name, r in corpus.each("Who founded it?", 2, iter(names))}
    assert list(found) == names
    with closing(collecting.over(where)) as other:
        alone = {name: other.retriever([name]).retrieve("Who founded it?", 2) for name in names}
    assert {n: [h.passage for h in hits] for n, hits in found.items()} == {
        n: [h.passage for h in hits] for n, hits in alone.items()
    }
    assert all({h.document.source for h in hits} == {name} for name, hits in found.items())


def test_the_documents_with_the_best_passages_are_read_whatever_their_length() -> None:
    long = [hit("long", f"A passage {n}.", 0.5 - n / 100) for n in range(9)]
    hits = [hit("first", "The first.", 0.9), *long, hit("last", "The last.", 0.1)]
    chosen = likeliest(hits, 4)
    assert [h.document.source for h in chosen] == ["first", "long", "long", "last"]
    assert [h.score for h in chosen] == sorted((h.score for h in chosen), reverse=True)


def test_no_more_documents_are_read_than_passages_are_wanted() -> None:
    hits = [hit(str(n), f"The passage {n}.", 1 - n / 10) for n in range(9)]
    assert [h.document.source for h in likeliest(hits, 2)] == ["0", "1"]
    assert len(likeliest(hits, 9)) < 9


def test_a_text_that_stands_in_several_documents_is_read_once() -> None:
    hits = [hit("a", "The same.", 0.9), hit("b", "The same.", 0.8), hit("c", "Another.", 0.7)]
    assert [h.document.source for h in likeliest(hits, 3)] == ["a", "c"]


def test_asking_single_articles_imports_nothing_of_collections() -> None:
    code = (
        "import sys, qa.cli.ask, qa.cli.opening\n"
        "stores = {m for m in sys.modules if m.startswith('qa.index.stores.')} - {'qa.index.stores.fusion'}\n"
        "assert not stores | {*sys.modules} & {'qa.answering.collection', 'qa.collections', 'sqlite3', 'psycopg'}\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_over_a_collection_by_python(where: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = collecting.over(where)
    monkeypatch.setattr("qa.answering.assistant.load_parts", lambda _: parts.parts)
    parts.close()
    with closing(
        Assistant.open(collection="news", store=where.store, collections_dir=str(where.collections_dir))
    ) as assistant:
        answer = assistant.ask("What are the main points?")
        assert isinstance(answer, Answer)
        assert assistant.corpus.count(assistant.sources) == 5
