"""Saved answers verified, and the published schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

pytestmark = pytest.mark.usefixtures("_fake_models")
Run = Callable[..., tuple[int, str, str]]


def test_all_output_keeps_to_the_published_schema(qa: Run, article: Path, silent: Path, tmp_path: Path) -> None:
    batch = tmp_path / "batch.jsonl"
    lines = [
        {"id": 1, "question": "Who founded the bakery?", "source": article.name},
        {"question": "Who founded the bakery?", "source": silent.name, "history": [["Who?", "Maria [1]."]]},
        {"id": "c", "question": ""},
    ]
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    made = [json.loads(line) for line in qa("ask", "--batch", batch)[1].splitlines()]
    made.append(json.loads(qa("ask", "Who founded the bakery?", "-s", article, "--format", "json")[1]))
    schemas = {name: json.loads(qa("schema", name)[1]) for name in ("answer", "error", "question")}
    kinds = {"qa.answer/1": "answer", "qa.error/1": "error"}
    assert [kinds[m["schema"]] for m in made] == ["answer", "answer", "error", "answer"]
    for one in made:
        jsonschema.validate(one, schemas[kinds[one["schema"]]], cls=jsonschema.Draft202012Validator)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**one, "schema": "other"}, schemas[kinds[one["schema"]]])
    for line in lines:
        jsonschema.validate(line, schemas["question"])
    assert qa("schema", "nothing")[::2] == (2, "qa: nothing: no such schema; there are answer, error, question\n")


def test_a_quote_of_what_was_piped_in_cannot_be_verified(qa: Run, tmp_path: Path) -> None:
    citation = {"number": 1, "source": "-", "document_sha256": "0" * 64, "start": 0, "end": 1, "quote": "x"}
    citation |= {"passage_start": 0, "passage_end": 1}
    models = {"embedder": "e", "generator": "g"}
    answer = {"question": "q", "standalone_question": "q", "status": "answered", "answer": "x [1].", "confidence": 0.9}
    kept = tmp_path / "answers.jsonl"
    line = {**answer, "citations": [citation], "models": models, "schema": "qa.answer/1"}
    kept.write_text(json.dumps(line) + "\n", encoding="utf-8")
    status, _, err = qa("verify", kept)
    assert status == 1
    assert "[1] -: was read from standard input, which is not stored" in err
