"""What is lost with a model that always knows: ``python -m tests.benchmarks.oracle QUESTIONS.jsonl [SOURCE]``.

A server on this machine speaks the OpenAI protocol. As the oracle it writes the gold answer with the number of a
passage that holds the evidence, or says that there is none. ``python -m tests.benchmarks.liars`` has servers that lie.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from rich.console import Console

from qa.answering.assistant import Assistant
from qa.answering.parts import load_parts
from qa.cli.tables import show_figures
from qa.evaluation import run
from qa.evaluation.metrics import figures
from qa.records.lines import GoldQuestion, source_beside
from qa.settings import Settings, load_settings
from qa.sources.read import load
from qa.text.sentences import sentences
from qa.types import Limits, Span
from tests.serving import QuietHandler, serving

NOT_STATED = "NOT STATED"
_PASSAGE = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
_QUESTION = re.compile(r"^Question: (.*)$", re.MULTILINE)

# Given the question, the passages by number, and how often it was asked already; returns what the model writes.
Model = Callable[[str, dict[int, str], int], str]


@contextmanager
def served(model: Model) -> Iterator[str]:
    """Serve a scripted model; give the address of its protocol."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompts = [m["content"] for m in asked["messages"] if m["role"] == "user"]
            prompt = next(p for p in reversed(prompts) if _QUESTION.search(p))
            question = _QUESTION.findall(prompt)[-1].strip()
            passages = {int(n): text for n, text in _PASSAGE.findall(prompt)}
            text = model(question, passages, len(prompts) - 1 - prompts.index(prompt))
            piece = {"choices": [{"index": 0, "delta": {"content": text}}]}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.wfile.write(f"data: {json.dumps(piece)}\n\ndata: [DONE]\n\n".encode())

    handler: type[BaseHTTPRequestHandler] = Handler
    with serving(handler) as address:
        yield f"{address}/v1"


def settings_for(address: str, answers_by: str = "model", **others: object) -> Settings:
    """Set the served model as one that reads for itself."""
    flags = {"model": "openai:scripted", "base_url": address, "answers_by": answers_by, **others}
    return load_settings(flags).settings


def oracle(questions: Path, sources: Sequence[str] = ()) -> Model:
    """Make a model that knows the gold answers of ``questions``, and where they stand."""
    known = {}
    for gold in run.read_gold(questions):
        path = source_beside(gold.source, questions.parent) if gold.source else sources[0]
        known[plain(gold.question)] = gold, _places(gold, load(path, Limits()).text)

    def answer(question: str, passages: dict[int, str], _: int) -> str:
        gold, places = known.get(plain(question), (None, []))
        if gold is None or not gold.answerable:
            return NOT_STATED
        for place in places:
            for number, passage in passages.items():
                if place in passage:
                    text = next((a for a in gold.answers if a.lower() in place.lower()), gold.answers[0])
                    return f"{text[:1].upper()}{text[1:]} [{number}]."
        return NOT_STATED

    return answer


def _places(gold: GoldQuestion, text: str) -> list[str]:
    """Return the sentences that hold the evidence, as a prompt shows them."""
    spans = [Span(*s) for s in gold.answer_spans]
    spans += [Span(m.start(), m.end()) for e in gold.evidence for m in re.finditer(re.escape(e), text)]
    return [plain(s.of(text)) for s in sentences(text) if any(s.overlaps(e) for e in spans)]


def plain(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def main() -> None:
    questions, *sources = sys.argv[1:]
    made = {}
    with served(oracle(Path(questions), sources)) as address:
        for answers_by in ("reader", "both", "model"):
            settings = settings_for(address, answers_by)
            judged = run.run(Path(questions), Assistant(sources, settings, load_parts(settings)))
            made[answers_by] = figures(judged)
            print(answers_by, made[answers_by], file=sys.stderr, flush=True)
    show_figures(Console(), made)


if __name__ == "__main__":
    main()
