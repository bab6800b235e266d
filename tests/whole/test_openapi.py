"""The HTTP API does what /openapi.json says, and no more: made-up requests, good and bad, to a server of fakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.conftest import TEXT
from tests.server.fakes import TOKEN, serving

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
EXAMPLES = 20  # for each operation, good and bad ones each: about half a minute in all
# What a schema cannot say may be refused too: that a file's name needs an ending, that the last message is a question.
UNSAID: Any = [positive_data_acceptance]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("home")
    article = home / "bakery.txt"
    article.write_text(TEXT, encoding="utf-8")
    with serving(article, QA_HOME=str(home)) as (_, base), httpx2.Client(base_url=base, headers=HEADERS) as client:
        description = client.get("openapi.json").json()
        lead_somewhere(description, client)
        schema = schemathesis.openapi.from_dict(description)
        schema.config.update(base_url=base)
        yield schema


def lead_somewhere(description: dict[str, Any], client: httpx2.Client) -> None:
    """Narrow what is made up to what there is: a made-up id is not found, and nothing behind it is tried."""
    source = client.get("api/v1/sources").json()["sources"][0]["id"]
    asked = client.post("api/v1/ask", json={"question": "Who founded it?", "conversation": "new"})
    schemas = description["components"]["schemas"]
    schemas["SessionRequest"]["properties"]["token"]["enum"] = [TOKEN]
    schemas["ChatRequest"]["properties"]["model"]["enum"] = ["article-qa", f"article-qa/{source}"]
    schemas["ChatRequest"]["properties"]["messages"]["items"] = {"$ref": "#/components/schemas/User"}
    schemas["User"]["properties"]["content"] = {"type": "string", "pattern": r"\w"}
    for name in ("Ask", "Search"):
        schemas[name]["properties"]["sources"] = {"type": "array", "minItems": 1, "items": {"enum": [source]}}
    schemas["Ask"]["properties"].pop("conversation")  # no history can be given with it
    there = {"identifier": source, "name": "article-qa"}
    for path, operations in description["paths"].items():
        if "conversations" in path:
            there["identifier"] = asked.headers["x-conversation"]
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if method == "get" and parameter["name"] in there:
                    parameter["schema"] = {"type": "string", "enum": [there[parameter["name"]]]}
                elif method == "post" and parameter["name"] == "name":
                    parameter["schema"] = {"type": "string", "pattern": r"^\w+\.txt$"}


def tried(operation: Any, mode: GenerationMode) -> set[int]:
    """Make requests up, and check each answer against the description; return the statuses that there were."""
    statuses = set()

    @given(case=operation.as_strategy(mode, headers=HEADERS))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case[Any]) -> None:
        response = case.call_and_validate(headers=HEADERS, excluded_checks=UNSAID)
        statuses.add(response.status_code)

    try:
        check()
    except Unsatisfiable:  # it takes nothing that could be wrong
        assert mode is GenerationMode.NEGATIVE
    return statuses


def test_what_is_asked_for_rightly_gets_what_is_described(described: Any) -> None:
    statuses = {o.label: tried(o, GenerationMode.POSITIVE) for o in map(described_as, described.get_all_operations())}
    assert len(statuses) > 10
    failed = {label for label, got in statuses.items() if not got & {200, 202, 204}}
    assert all(label.startswith("DELETE") for label in failed)  # those are made-up ids


def test_what_is_asked_for_wrongly_is_refused_as_described(described: Any) -> None:
    statuses = {o.label: tried(o, GenerationMode.NEGATIVE) for o in map(described_as, described.get_all_operations())}
    assert all(400 in got for label, got in statuses.items() if label.startswith("POST"))


def described_as(found: Any) -> Any:
    """Return an operation that could be read."""
    return found.ok()
