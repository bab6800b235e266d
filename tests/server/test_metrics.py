from __future__ import annotations

from qa.server.metrics import Metrics
from tests.server.conftest import Serve

WHO = {"question": "Who founded the bakery?"}


def test_two_servers_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.refused("host")
    assert b'qa_refused_total{reason="host"} 1.0' in first.text()
    assert b'reason="host"' not in second.text()


def test_the_figures_are_those_of_the_questions(serve: Serve) -> None:
    client = serve()
    for _ in range(2):
        client.post("/api/v1/ask", json=WHO)
    client.post("/api/v1/search", json={"query": "bread"})
    client.get("/api/v1/sources", headers={"Host": "evil.example"})
    client.post("/api/v1/ask", content=b"x" * 2_000_000, headers={"Content-Type": "application/json"})
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = response.text.splitlines()
    for line in (
        'qa_questions_total{status="answered"} 2.0',
        "qa_question_seconds_count 2.0",
        "qa_waiting 0.0",
        "qa_sources 1.0",
        'qa_refused_total{reason="host"} 1.0',
        'qa_refused_total{reason="size"} 1.0',
    ):
        assert line in lines
