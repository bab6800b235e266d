"""A server over a collection, asked as clients ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.collection import Collection
from qa.errors import IndexFolderError
from qa.settings import Settings
from tests.conftest import TEXT
from tests.server.conftest import Serve, until

SOURCES, ASK = "/api/v1/sources", "/api/v1/ask"
WHO = {"question": "Who founded the bakery?"}
KIND = {"Content-Type": "application/octet-stream"}


def test_documents_are_listed_a_page_at_a_time_found_and_read(serve: Serve, news: Path) -> None:
    client = serve(collection="news")
    whole = client.get(SOURCES).json()
    assert (whole["total"], whole["collection"]) == (3, "news")
    assert [s["source"] for s in whole["sources"]] == ["news/bakery.txt", "news/mill.txt", "news/école.txt"]
    assert {s["status"] for s in whole["sources"]} == {"ready"}
    (second,) = client.get(SOURCES, params={"limit": 1, "offset": 1}).json()["sources"]
    assert second == whole["sources"][1]
    (found,) = client.get(SOURCES, params={"query": "ÉCOLE"}).json()["sources"]
    text = client.get(f"{SOURCES}/{found['id']}/text").json()
    assert text["text"] == "The school has a garden."
    assert (text["id"], text["source"], text["sha256"]) == (found["id"], found["source"], found["sha256"])
    (same,) = serve(collection="news").get(SOURCES, params={"query": "mill"}).json()["sources"]
    assert same["id"] == second["id"], "every server over the collection knows a document by the same id"


def test_a_question_is_asked_of_all_documents_or_of_those_that_are_named(serve: Serve, news: Path) -> None:
    client = serve(collection="news")
    answer = client.post(ASK, json=WHO).json()
    assert (answer["status"], [c["source"] for c in answer["citations"]]) == ("answered", ["news/bakery.txt"])
    assert client.post("/api/v1/verify", json={"answer": answer}).json()["broken"] == []
    ids = {s["name"]: s["id"] for s in client.get(SOURCES).json()["sources"]}
    assert client.post(ASK, json={**WHO, "sources": [ids["mill.txt"]]}).json()["status"] == "not_in_article"
    assert client.post(ASK, json={**WHO, "sources": [ids["bakery.txt"]]}).json()["status"] == "answered"
    (best, *_) = client.post("/api/v1/search", json={"query": "garden school"}).json()["passages"]
    assert (best["id"], best["text"]) == (ids["école.txt"], "The school has a garden.")
    models = {model["id"] for model in client.get("/v1/models").json()["data"]}
    assert models == {"article-qa", *(f"article-qa/{identifier}" for identifier in ids.values())}
    messages = [{"role": "user", "content": WHO["question"]}]
    asked = {"model": f"article-qa/{ids['bakery.txt']}", "messages": messages}
    (note,) = client.post("/v1/chat/completions", json=asked).json()["choices"][0]["message"]["annotations"]
    assert f"#source={ids['bakery.txt']}&" in note["url_citation"]["url"]


def test_a_file_that_is_sent_is_asked_by_itself(serve: Serve, news: Path) -> None:
    client = serve(collection="news")
    sent = client.post(SOURCES, params={"name": "sent.txt"}, content=TEXT.encode(), headers=KIND).json()
    until(lambda: client.get(SOURCES).json()["sources"][0]["status"] == "ready")
    assert client.get(SOURCES).json()["total"] == 4
    answer = client.post(ASK, json={**WHO, "sources": [sent["id"]]}).json()
    assert [c["source"] for c in answer["citations"]] == [sent["source"]]
    other = client.get(SOURCES, params={"query": "mill"}).json()["sources"][0]["id"]
    refused = client.post(ASK, json={**WHO, "sources": [sent["id"], other]})
    assert (refused.status_code, "not both at once" in refused.json()["error"]) == (400, True)
    assert client.delete(f"{SOURCES}/{sent['id']}").status_code == 204
    kept = client.delete(f"{SOURCES}/{other}")
    assert (kept.status_code, "`qa remove -c news`" in kept.json()["error"]) == (409, True)


def test_a_conversation_over_a_collection_says_so(serve: Serve, news: Path, settings: Settings) -> None:
    client = serve(collection="news")
    client.post(ASK, json={**WHO, "conversation": "new"})
    (kept,) = settings.sessions_dir.glob("*.jsonl")
    assert '"collection":"news"' in kept.read_text(encoding="utf-8").splitlines()[0]


def test_looking_for_questions_leaves_nothing_open(serve: Serve, news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, close = list[Collection](), Collection.close

    def noted(self: Collection) -> None:
        closed.append(self)
        close(self)

    monkeypatch.setattr(Collection, "close", noted)
    client = serve(collection="news")
    identifier = client.get(SOURCES).json()["sources"][0]["id"]
    for times in (1, 2):
        assert client.get(f"{SOURCES}/{identifier}/suggestions").status_code == 200
        assert len(closed) == times


@pytest.mark.parametrize("identifier", ["c.", "c.AA", "c.%%%", "c.bm9uZQ", "c.é"])
def test_the_id_of_no_document_is_refused(serve: Serve, news: Path, identifier: str) -> None:
    client = serve(collection="news")
    assert client.get(f"{SOURCES}/{identifier}/text").status_code == 404
    assert client.post(ASK, json={**WHO, "sources": [identifier]}).status_code == 404


def test_what_is_no_collection_is_not_served(serve: Serve, news: Path) -> None:
    with pytest.raises(IndexFolderError, match="olds: no such collection"):
        serve(collection="olds")
