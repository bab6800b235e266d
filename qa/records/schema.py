"""JSON Schema (2020-12) of answers, of the error lines of a batch and of its questions."""

from __future__ import annotations

from typing import Any

import msgspec

from qa.records.lines import BadLine, Question
from qa.types import Answer

_KINDS: dict[str, type] = {"answer": Answer, "error": BadLine, "question": Question}
NAMES = tuple(_KINDS)


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of ``name``, one of ``NAMES``."""
    schema: dict[str, Any] = msgspec.json.schema(_KINDS[name])
    if name != "question":
        # What is printed has every key; only what is read may leave some out.
        for part in schema["$defs"].values():
            part["required"] = list(part["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"qa.{name}/1", **schema}
