"""The tools without a protocol: where a quote stands, what is loaded first, and whose turn it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answering.assistant import Assistant
from qa.answering.corpus import open_collection
from qa.answering.parts import Parts
from qa.answering.prompts import load_prompts
from qa.errors import QAError, UsageError
from qa.server.library.ids import id_of_document
from qa.server.mcp import tools as module
from qa.server.mcp.tools import Ask, Doing, Listing, Search, Tools, Verify
from qa.settings import Settings
from tests.conftest import TEXT, FakeEmbedder, FakeGenerator, FakeReader

OTHER = "The mill opened in 1990.\nMaria\n  Lopez owns it. 🥐 aaa" + " x" * 50


def quiet(_: str) -> None:
    """Report to nobody."""


@pytest.fixture
def tools(article: Path, settings: Settings) -> Tools:
    other = article.with_name("mill.txt")
    other.write_text(OTHER, encoding="utf-8")
    parts = Parts(FakeEmbedder(), FakeGenerator(), load_prompts(), FakeReader("Maria Lopez"))
    return Tools(Assistant([str(article), str(other)], settings, parts), Doing())


@pytest.fixture
def bakery(tools: Tools) -> str:
    return next(i for i, name in tools.names.items() if name.endswith("bakery.txt"))


def test_an_id_is_the_same_in_the_next_run_and_says_nothing_of_the_path(tools: Tools, settings: Settings) -> None:
    again = Tools(Assistant([*tools.names.values()], settings, tools._assistant.parts), Doing())
    assert again.names == tools.names
    assert len(tools.names) == 2
    assert all(len(i) == 16 and i.isalnum() for i in tools.names)


def test_a_quote_is_found_wherever_it_stands(tools: Tools, bakery: str) -> None:
    found = tools.verify_quote(Verify("opened in 1990"), quiet)
    assert found.verified
    assert [(p.id == bakery, p.start) for p in found.places] == [(True, 11), (False, 9)]
    assert all(p.quote == "opened in 1990" and p.end == p.start + 14 for p in found.places)
    assert [p.start for p in tools.verify_quote(Verify("aa"), quiet).places] == [
        OTHER.index("aaa"),
        OTHER.index("aaa") + 1,
    ]


def test_a_quote_is_checked_in_the_article_and_at_the_place_that_are_named(tools: Tools, bakery: str) -> None:
    def verified(**place: int) -> bool:
        return tools.verify_quote(Verify("opened in 1990", bakery, **place), quiet).verified

    assert verified()
    assert verified(start=11)
    assert verified(end=25)
    assert verified(start=11, end=25)
    assert not verified(start=12)
    assert not verified(start=11, end=24)
    assert not verified(start=10**12)
    assert not tools.verify_quote(Verify("The mill", bakery), quiet).places


def test_a_quote_in_other_spacing_or_case_is_not_verified_but_shown(tools: Tools) -> None:
    found = tools.verify_quote(Verify("maria lopez owns it."), quiet)
    assert not found.verified
    assert [p.quote for p in found.places] == ["Maria\n  Lopez owns it."]
    (place,) = found.places
    assert OTHER[place.start : place.end] == place.quote


def test_a_letter_that_is_two_in_lower_case_moves_nothing(article: Path, settings: Settings) -> None:
    article.write_text("İİİ İstanbul  IS\tlarge. It is.", encoding="utf-8")
    parts = Parts(FakeEmbedder(), FakeGenerator(), load_prompts(), FakeReader("x"))
    found = Tools(Assistant([str(article)], settings, parts), Doing()).verify_quote(Verify("istanbul is Large"), quiet)
    assert [p.quote for p in found.places] == ["İstanbul  IS\tlarge"]


@pytest.mark.parametrize(
    ("repeated", "asked"),
    [
        ("a ", Verify("a " * 4900 + "b")),
        ("a", Verify("a" * 10_000, start=7)),
        ("a", Verify("a" * 10_000, end=7)),
        ("ab " * 30, Verify(" ab" * 3000)),
    ],
)
def test_no_quote_takes_long(article: Path, settings: Settings, repeated: str, asked: Verify) -> None:
    article.write_text(repeated * (1_000_000 // len(repeated)), encoding="utf-8")
    parts = Parts(FakeEmbedder(), FakeGenerator(), load_prompts(), FakeReader("x"))
    tools = Tools(Assistant([str(article)], settings, parts), Doing())
    tools.load()
    began = time.process_time()
    tools.verify_quote(asked, quiet)
    assert time.process_time() - began < 2


def test_offsets_are_code_points(tools: Tools) -> None:
    (place,) = tools.verify_quote(Verify("🥐 aaa"), quiet).places
    assert OTHER[place.start : place.end] == "🥐 aaa"


def test_a_quote_that_is_everywhere_gives_a_few_places(tools: Tools) -> None:
    assert len(tools.verify_quote(Verify("x"), quiet).places) == 20


@pytest.mark.parametrize("quote", ["", " \n\t", "\ud800"])
def test_what_is_no_text_is_not_looked_for(tools: Tools, quote: str) -> None:
    with pytest.raises(UsageError, match="what was asked is"):
        tools.verify_quote(Verify(quote), quiet)


def test_loading_opens_the_indexes_and_tries_the_models(tools: Tools) -> None:
    embedder = tools._assistant.parts.embedder
    assert isinstance(embedder, FakeEmbedder)
    tools.load()
    loaded = len(embedder.encoded)
    assert any("bakery" in text for text in embedder.encoded)
    tools.list_sources(Listing(), quiet)
    assert len(embedder.encoded) == loaded


def test_what_goes_wrong_while_loading_is_said_to_those_who_ask(tools: Tools, article: Path) -> None:
    article.unlink()
    tools.load()
    with pytest.raises(QAError, match="no such file"):
        tools.list_sources(Listing(), quiet)


def test_who_has_to_wait_hears_for_what_and_in_the_end_to_come_again(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BEAT", 0.01)
    monkeypatch.setattr(module, "_LONGEST_WAIT", 0.1)
    tools._doing("embedding big.pdf", 30, 400)
    heard: list[str] = []
    with tools._lock, pytest.raises(QAError, match=r"busy \(embedding big.pdf: 30 of 400\); ask again in a minute"):
        tools.list_sources(Listing(), heard.append)
    assert set(heard) == {"embedding big.pdf: 30 of 400"}
    assert len(heard) > 1


def test_an_answer_is_given_up_between_two_steps(make_assistant: Callable[..., Assistant]) -> None:
    tools = Tools(make_assistant("Maria Lopez founded it [1].", reader=FakeReader("Maria Lopez")), Doing())

    def gone(_: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        tools.ask_article(Ask("Who founded the bakery?"), gone)
    assert tools.ask_article(Ask("Who founded the bakery?"), quiet).status == "answered"


def test_many_callers_take_turns(make_assistant: Callable[..., Assistant]) -> None:
    texts = ["Maria Lopez founded it [1]."] * 8
    tools = Tools(make_assistant(*texts, reader=FakeReader("Maria Lopez")), Doing())
    answers: list[str] = []

    def ask() -> None:
        answers.append(tools.ask_article(Ask("Who founded the bakery?"), quiet).answer)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["Maria Lopez founded it [1]."] * 8
    assert tools.text(next(iter(tools.names)), quiet) == TEXT


@pytest.fixture
def archive(news: Path, settings: Settings) -> Callable[..., Tools]:
    """Make the tools over the collection news, or some of its documents."""

    def make(*sources: str) -> Tools:
        generator = FakeGenerator(*["Maria Lopez founded it [1]."] * 9)
        parts = Parts(FakeEmbedder(), generator, load_prompts(), FakeReader("Maria Lopez"))
        corpus = open_collection("news", settings, parts.embedder)
        return Tools(Assistant(sources, settings, parts, corpus=corpus), Doing())

    return make


def test_a_collection_is_listed_in_part_asked_and_read(archive: Callable[..., Tools]) -> None:
    tools = archive()
    listed = tools.list_sources(Listing(limit=2), quiet)
    assert ([s.source for s in listed.sources], listed.total) == (["news/bakery.txt", "news/mill.txt"], 3)
    assert tools.list_sources(Listing(offset=3), quiet).sources == []
    (school,) = tools.list_sources(Listing("école"), quiet).sources
    assert tools.text(school.id, quiet) == "The school has a garden."
    bakery, mill = listed.sources
    assert tools.ask_article(Ask("Who founded the bakery?"), quiet).status == "answered"
    assert tools.ask_article(Ask("Who founded the bakery?", sources=[mill.id]), quiet).status == "not_in_article"
    (place,) = tools.verify_quote(Verify("opened in 1990"), quiet).places
    assert (place.id, place.start) == (bakery.id, 11)
    assert tools.search_passages(Search("garden school", 1), quiet).passages[0].id == school.id
    assert tools.names == {}, "documents of a collection are not told as resources"


def test_only_documents_that_are_served_have_ids(archive: Callable[..., Tools], news: Path) -> None:
    (mill,) = archive().list_sources(Listing("mill"), quiet).sources
    assert archive("news/mill.txt").text(mill.id, quiet) == "The mill closed in 1970."
    (news / "secret.txt").write_text("Nobody indexed this.", encoding="utf-8")
    unknown = [id_of_document(str(path)) for path in (news, news / "secret.txt", news / "none.txt")]
    for tools, identifier in [(archive("news/bakery.txt"), mill.id), *((archive(), i) for i in [*unknown, "c.%", "x"])]:
        with pytest.raises(UsageError, match="no article has this id"):
            tools.text(identifier, quiet)
