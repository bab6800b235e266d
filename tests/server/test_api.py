from __future__ import annotations

import msgspec

from qa.types import Answer
from tests.conftest import TEXT
from tests.server.conftest import Serve


def test_a_question_is_answered_with_the_bytes_of_the_contract(serve: Serve) -> None:
    response = serve().post("/api/v1/ask", json={"question": "Who founded the bakery?"})
    answer = msgspec.json.decode(response.content, type=Answer)
    assert (response.status_code, answer.answer) == (200, "Maria Lopez founded the bakery [1].")
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote
    assert msgspec.json.encode(answer) == response.content
