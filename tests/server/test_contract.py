from __future__ import annotations

import json
from typing import Any

import jsonschema

from qa.records.schema import schema_of
from tests.server.conftest import Serve


def refs(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {v for k, v in value.items() if k == "$ref"}.union(*map(refs, value.values()))
    return set[str]().union(*map(refs, value)) if isinstance(value, list) else set()


def test_openapi_lists_the_routes_and_has_the_published_schemas(serve: Serve) -> None:
    described = serve().get("/openapi.json").json()
    assert {p: {*o} for p, o in described["paths"].items() if p.startswith("/api/")} == {
        "/api/v1/session": {"post"},
        "/api/v1/sources": {"get", "post"},
        "/api/v1/sources/{identifier}": {"delete"},
        "/api/v1/sources/{identifier}/text": {"get"},
        "/api/v1/sources/{identifier}/suggestions": {"get"},
        "/api/v1/ask": {"post"},
        "/api/v1/search": {"post"},
        "/api/v1/verify": {"post"},
        "/api/v1/conversations": {"get"},
        "/api/v1/conversations/{identifier}": {"get", "delete"},
        "/api/v1/conversations/{identifier}/export": {"get"},
    }
    schemas = described["components"]["schemas"]
    assert {r.removeprefix("#/components/schemas/") for r in refs(described)} <= {*schemas}
    published = json.dumps(schema_of("answer")["$defs"]).replace("#/$defs/", "#/components/schemas/")
    for name, schema in json.loads(published).items():
        assert schemas[name] == schema
    assert schemas["Ask"]["additionalProperties"] is False


def test_what_is_given_keeps_to_its_description(serve: Serve) -> None:
    client = serve()
    described = client.get("/openapi.json").json()
    (source,) = client.get("/api/v1/sources").json()["sources"]
    asked = client.post("/api/v1/ask", json={"question": "Who founded it?", "conversation": "new"})
    given = {
        "SourceList": client.get("/api/v1/sources"),
        "Text": client.get(f"/api/v1/sources/{source['id']}/text"),
        "Suggestions": client.get(f"/api/v1/sources/{source['id']}/suggestions"),
        "Answer": asked,
        "BadLine": client.get("/api/v1/sources/x/text"),
        "Passages": client.post("/api/v1/search", json={"query": "bread"}),
        "Verified": client.post("/api/v1/verify", json={"answer": asked.json()}),
        "Conversations": client.get("/api/v1/conversations"),
        "Kept": client.get(f"/api/v1/conversations/{asked.headers['x-conversation']}"),
    }
    for name, response in given.items():
        schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
        jsonschema.validate(response.json(), schema, cls=jsonschema.Draft202012Validator)
