from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from qa.errors import ModelError
from qa.records.schema import schema_of
from qa.settings import Settings
from qa.types import Answer
from tests.conftest import TEXT, FakeGenerator, Scripted
from tests.server.conftest import SAID, Serve, until

ASK = "/api/v1/ask"
WHO = {"question": "Who founded the bakery?"}
EVENTS = {"Accept": "text/event-stream"}
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> Maria Lopez wrote it.'


def events_of(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_a_question_is_answered_with_the_bytes_of_the_contract(serve: Serve) -> None:
    response = serve().post(ASK, json=WHO)
    answer = msgspec.json.decode(response.content, type=Answer)
    assert (response.status_code, answer.answer) == (200, SAID)
    assert msgspec.json.encode(answer) == response.content
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote
    jsonschema.validate(response.json(), schema_of("answer"), cls=jsonschema.Draft202012Validator)


def test_the_events_tell_the_evidence_the_text_and_the_answer(serve: Serve) -> None:
    response = serve().post(ASK, json=WHO, headers=EVENTS)
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, evidence), *pieces, (last, answer) = events_of(response.text)
    assert (first, last) == ("evidence", "answer")
    assert "".join(data["text"] for name, data in pieces if name == "text") == answer["answer"] == SAID
    assert {*evidence} == {"standalone_question", "confidence", "candidates"}
    (best, *others) = evidence["candidates"]
    assert len(others) < 5
    assert TEXT[best["start"] : best["end"]] == best["quote"]
    assert best["answer"] == "Maria Lopez"
    assert 0 <= best["probability"] <= 1


def test_what_the_article_does_not_say_is_an_answer(serve: Serve, tmp_path: Path) -> None:
    silent = tmp_path / "silent.txt"
    silent.write_text("Nothing of interest happened in the village today.", encoding="utf-8")
    response = serve(silent).post(ASK, json=WHO)
    assert (response.status_code, response.json()["status"]) == (200, "not_in_article")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Input data was truncated"),
        (b"[" * 100_000, "not what is expected"),
        (b'{"question": "\xff"}', "not what is expected"),
        (b'{"question": "\\ud800"}', "not what is expected"),
        ({}, "missing required field `question`"),
        ({"question": ""}, "length >= 1"),
        ({"question": " \n "}, "matching regex"),
        ({"question": 7}, "Expected `str`, got `int` - at `$.question`"),
        ({"question": "Who?" * 5000}, "length <= 10000"),
        ({**WHO, "stream": True}, "unknown field `stream`"),
        ({**WHO, "history": [["one"]]}, "Expected `array` of length 2"),
        ({**WHO, "history": [["one", "two"]] * 101}, "Expected `array` of length <= 100 - at `$.history`"),
        ({**WHO, "history": [["one", "two" * 5000]]}, "Expected `str` of length <= 10000 - at `$.history"),
        ({**WHO, "sources": []}, "length >= 1"),
        ({**WHO, "sources": ["../x"]}, "no such source"),
        ({**WHO, "conversation": "../../etc/passwd"}, "no such conversation"),
        ({**WHO, "conversation": "new", "history": []}, "either `conversation` or `history`"),
    ],
)
@pytest.mark.parametrize("headers", [{}, EVENTS])
def test_a_wrong_request_is_one_line(serve: Serve, body: Any, said: str, headers: dict[str, str]) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = serve().post(ASK, content=raw, headers={"Content-Type": "application/json", **headers})
    assert response.status_code == (404 if said.startswith("no such") else 400)
    assert said in response.json()["error"]
    assert "\n" not in response.json()["error"]


def test_the_sources_are_listed_and_read_without_html(serve: Serve, tmp_path: Path) -> None:
    name = '<img src=x onerror="alert(1)">.md'
    hostile = tmp_path / name
    hostile.write_text(f"# {HOSTILE}\n\n\N{GRINNING FACE} {HOSTILE}", encoding="utf-8")
    client = serve(hostile)
    listed = client.get("/api/v1/sources")
    (source,) = listed.json()["sources"]
    assert (source["status"], source["progress"], source["error"], source["uploaded"]) == ("ready", 1.0, None, False)
    assert (source["source"], source["name"], source["language"], source["direction"]) == (
        str(hostile), name, "en", "ltr"
    )  # fmt: skip
    text = client.get(f"/api/v1/sources/{source['id']}/text")
    found = text.json()
    assert found["text"] == hostile.read_text(encoding="utf-8")
    assert (len(found["text"]), len(found["text"].split())) == (source["characters"], source["words"])
    assert (found["sha256"], found["title"], found["pages"]) == (source["sha256"], source["title"], [])
    answer = client.post(ASK, json=WHO)
    for response in (listed, text, answer, client.post("/api/v1/search", json={"query": "script"})):
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "alert" in response.text


def test_a_file_is_sent_asked_and_removed(serve: Serve, settings: Settings) -> None:
    client = serve()
    before = client.get("/api/v1/sources").json()["sources"][0]["id"]
    sent = client.post(
        "/api/v1/sources",
        params={"name": "../../Gasthaus\x1b[2J.txt"},
        content=iter([b"Maria Lopez wrote the ", b"report about the mill."]),
        headers={"Content-Type": "application/octet-stream"},
    )
    source = sent.json()
    assert (sent.status_code, source["uploaded"]) == (202, True)
    assert source["name"] == "Gasthaus\N{REPLACEMENT CHARACTER}[2J.txt"
    assert Path(source["source"]).parent.parent == settings.uploads_dir
    path = f"/api/v1/sources/{source['id']}"
    until(lambda: client.get(f"{path}/text").is_success)
    answer = client.post(ASK, json={"question": "Who wrote the report?", "sources": [source["id"]]}).json()
    assert {c["source"] for c in answer["citations"]} == {source["source"]}
    folders = [*settings.index_dir.glob("*/manifest.json")]
    assert client.delete(path).status_code == 204
    assert not Path(source["source"]).exists()
    assert len([*settings.index_dir.glob("*/manifest.json")]) == len(folders) - 1
    assert client.delete(path).status_code == 404
    assert [s["id"] for s in client.get("/api/v1/sources").json()["sources"]] == [before]


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "no name: give a .txt or"), ("a.exe", "a.exe: give a"), ("..", "give a"), ("a.txt/../b", "b: give a")],
)
def test_what_is_no_document_is_not_taken(serve: Serve, settings: Settings, name: str, said: str) -> None:
    kind = {"Content-Type": "application/octet-stream"}
    response = serve().post("/api/v1/sources", params={"name": name}, content=b"x", headers=kind)
    assert response.status_code == 400
    assert said in response.json()["error"]
    assert not [*settings.uploads_dir.glob("*")]


def test_a_name_is_needed_to_send_a_file(serve: Serve) -> None:
    response = serve().post("/api/v1/sources", content=b"x", headers={"Content-Type": "application/octet-stream"})
    assert response.status_code == 400
    assert response.json()["error"] == "name: Field required"


def test_a_file_that_cannot_be_read_fails_with_its_name_and_without_our_path(serve: Serve, settings: Settings) -> None:
    client = serve()
    kind = {"Content-Type": "application/octet-stream"}
    sent = client.post("/api/v1/sources", params={"name": "broken.pdf"}, content=b"%PDF-1.4 no", headers=kind).json()

    def now() -> Any:
        return next(s for s in client.get("/api/v1/sources").json()["sources"] if s["id"] == sent["id"])

    until(lambda: now()["status"] == "failed")
    assert now()["error"].startswith("broken.pdf: not a valid .pdf file")
    assert str(settings.uploads_dir) not in now()["error"]
    assert client.post(ASK, json={**WHO, "sources": [sent["id"]]}).status_code == 409
    assert client.get(f"/api/v1/sources/{sent['id']}/text").status_code == 409
    assert client.post(ASK, json=WHO).status_code == 200


def test_a_file_that_cannot_be_stored_is_one_line(serve: Serve, settings: Settings) -> None:
    settings.uploads_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.uploads_dir.write_text("a file", encoding="utf-8")
    kind = {"Content-Type": "application/octet-stream"}
    response = serve().post("/api/v1/sources", params={"name": "a.txt"}, content=b"x", headers=kind)
    assert response.status_code == 503
    assert response.json()["error"].startswith("a.txt: cannot be stored in")


def test_what_goes_wrong_after_the_first_event_is_the_last_one(serve: Serve) -> None:
    class Broken(FakeGenerator):
        error: Exception

        def generate(self, messages: object, *, max_tokens: int, pattern: str | None = None) -> Scripted:
            raise self.error

    generator = Broken()
    client = serve(generator=generator)
    for error, said in (
        (ModelError("the model broke; take another"), "the model broke; take another"),
        (ZeroDivisionError("a secret"), "an error of the server's own; its log says more"),
    ):
        generator.error = error
        response = client.post(ASK, json=WHO, headers=EVENTS)
        assert [name for name, _ in events_of(response.text)] == ["evidence", "error"]
        assert events_of(response.text)[-1][1]["error"] == said
        whole = client.post(ASK, json=WHO)
        assert (whole.status_code, whole.json()["error"]) == (500, said)


def test_without_a_source_there_is_no_answer(serve: Serve) -> None:
    client = serve()
    (source,) = client.get("/api/v1/sources").json()["sources"]
    assert client.delete(f"/api/v1/sources/{source['id']}").status_code == 204
    assert Path(source["source"]).exists()
    response = client.post(ASK, json=WHO)
    assert (response.status_code, response.json()["error"][:18]) == (409, "no article is open")


def test_passages_are_found(serve: Serve) -> None:
    client = serve()
    (source,) = client.get("/api/v1/sources").json()["sources"]
    passages = client.post("/api/v1/search", json={"query": "kinds of bread", "limit": 1}).json()["passages"]
    (best,) = passages
    assert "40 kinds of bread" in best["text"]
    assert TEXT[best["start"] : best["end"]] == best["text"]
    assert (best["id"], best["source"]) == (source["id"], source["source"])
    assert client.post("/api/v1/search", json={"query": "bread", "limit": 51}).status_code == 400


def test_quotes_are_verified_against_what_is_open(serve: Serve) -> None:
    client = serve()
    answer = client.post(ASK, json=WHO).json()
    verify = "/api/v1/verify"
    assert client.post(verify, json={"answer": answer}).json() == {
        "schema": "qa.verify/1",
        "quotes": len(answer["citations"]),
        "broken": [],
    }
    answer["citations"].append({**answer["citations"][0], "number": 2, "start": 1})
    answer["citations"].append({**answer["citations"][0], "number": 3, "source": "/etc/passwd"})
    assert client.post(verify, json={"answer": answer}).json()["broken"] == [2, 3]
    assert client.post(verify, json={"answer": {}}).status_code == 400


def test_a_conversation_is_kept_continued_exported_and_deleted(serve: Serve, settings: Settings) -> None:
    client = serve()
    begun = client.post(ASK, json={**WHO, "conversation": "new"})
    name = begun.headers["x-conversation"]
    streamed = client.post(ASK, json={"question": "When did she?", "conversation": name}, headers=EVENTS)
    assert ("conversation", {"id": name}) in events_of(streamed.text)
    assert dict(events_of(streamed.text))["answer"]["standalone_question"] != "When did she?"
    (listed,) = client.get("/api/v1/conversations").json()["conversations"]
    assert (listed["id"], listed["title"], listed["turns"]) == (name, WHO["question"], 2)
    kept = client.get(f"/api/v1/conversations/{name}").json()
    assert [a["question"] for a in kept["answers"]] == [WHO["question"], "When did she?"]
    assert kept["answers"][0] == begun.json()
    for form, kind, part in (
        ("md", "text/markdown; charset=utf-8", "## Who founded"),
        ("html", "text/html; charset=utf-8", "<!doctype html>"),
        ("jsonl", "application/x-ndjson", '"schema":"qa.answer/1"'),
    ):
        exported = client.get(f"/api/v1/conversations/{name}/export", params={"format": form})
        assert (exported.headers["content-type"], part in exported.text) == (kind, True)
        assert exported.headers["content-disposition"] == f'attachment; filename="{name}.{form}"'
    assert client.get(f"/api/v1/conversations/{name}/export", params={"format": "exe"}).status_code == 400
    assert client.delete(f"/api/v1/conversations/{name}").status_code == 204
    assert client.get(f"/api/v1/conversations/{name}").status_code == 404
    assert not [*settings.sessions_dir.glob("*.jsonl")]


def test_a_question_without_a_conversation_is_not_kept(serve: Serve, settings: Settings) -> None:
    response = serve().post(ASK, json={**WHO, "history": [["Who?", "Maria."]]})
    assert "x-conversation" not in response.headers
    assert not [*settings.sessions_dir.glob("*")]


def test_nothing_is_kept_where_that_is_switched_off(serve: Serve, settings: Settings) -> None:
    off = msgspec.structs.replace(settings, keep_sessions=False)
    response = serve(using=off).post(ASK, json={**WHO, "conversation": "new"})
    assert (response.status_code, "x-conversation" in response.headers) == (200, False)
    assert not [*settings.sessions_dir.glob("*")]


def test_suggestions_are_looked_for_once(serve: Serve) -> None:
    client = serve()
    (source,) = client.get("/api/v1/sources").json()["sources"]
    path = f"/api/v1/sources/{source['id']}/suggestions"
    first = client.get(path)
    assert first.status_code == 200
    assert all(isinstance(question, str) for question in first.json()["questions"])
    client.app.state.service.desk.close()  # type: ignore[attr-defined]
    assert client.get(path).json() == first.json()
