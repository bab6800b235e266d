"""Sentences to learn from: ``python -m qa.training.writer.targets --data DIR --out FILE --count N``.

A question of the pool, the sentence that answers it and the answer become one statement. Of those that the program makes
(``statements``) the checker drops what the sentence does not support, the reader what gives it another answer, and a
language model takes the likeliest; where none is left, a short sentence of the text stands for itself.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from qa.answering.parts import Parts, load_parts
from qa.answering.writing.by_reader import Writer
from qa.answering.writing.citations import Claim
from qa.answering.writing.draft import in_full
from qa.models.files import bundled_file
from qa.settings import Settings, load_settings
from qa.text.sentences import sentences
from qa.training.data import find, rows_of
from qa.training.sentences import held_back
from qa.training.writer.statements import statements
from qa.types import Candidate, Document, Hit, Passage, Span

# Questions that people ask of prose; others' words make poor statements.
SOURCES = {"squad2": 1.0, "squadshifts": 0.15, "qamr": 0.2, "afriqa": 0.2}
WHOLE = 0.3  # most of the share of targets that are the text's own sentence
_LONGEST = 28  # words of such a sentence
_BESIDE = 0.3  # share that is shown another sentence too, as weaker evidence is in use
_UNLIKELY = 4.8  # nats a token from which a statement is nonsense
_MOST = 24  # statements of one question that are compared
_SEED = 3


class Target(msgspec.Struct, frozen=True):
    """What the model is shown and what it is to write; the first of the passages holds the answer."""

    question: str
    passages: list[str]
    answer: str
    sentence: str


def read_targets(path: Path) -> list[Target]:
    """Read the file that this module writes."""
    return [msgspec.json.decode(line, type=Target) for line in path.read_bytes().splitlines()]


def cases(folder: Path, rng: random.Random, *, held: bool = False) -> Iterator[tuple[str, Candidate, list[str]]]:
    """Yield a question, its evidence as a reader without fault would give it, and the other sentences of its text."""
    rows = [r for r in rows_of(folder / "reader_train.jsonl.gz") if r["answerable"] and r["source"] in SOURCES]
    rng.shuffle(rows)
    for row in rows:
        text = row["context"]
        asked = row["question"]
        if held_back(text) != held or rng.random() >= SOURCES[row["source"]] or not asked[0].isupper():
            continue
        place = find(text, row["answers"])
        spans = sentences(text)
        quote = next((s for s in spans if place and s.start <= place[0] and place[1] <= s.end), None)
        if place is None or quote is None:
            continue
        hit = Hit(Document("pool", text, ""), Passage(quote, (quote,)), similarity=1.0, score=1.0)
        candidate = Candidate(hit, answer=Span(*place), quote=quote, probability=0.95, exact=1.0)
        if in_full(row["question"], candidate) is None:
            yield row["question"], candidate, [s.of(text) for s in spans if s != quote]


class Likelihood:
    """How likely texts are to the bundled model."""

    def __init__(self) -> None:
        file = bundled_file()
        self._tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        model: Any = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
        self._model = model.eval()

    def nats(self, texts: Sequence[str]) -> list[float]:
        """Return the mean negative log-likelihood of each text's tokens."""
        rows = [self._tokenizer.encode(f"\n{t}", add_special_tokens=False) for t in texts]
        tokens = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for n, row in enumerate(rows):
            tokens[n, : len(row)] = torch.tensor(row)
        with torch.no_grad():
            logits = self._model(tokens).logits[:, :-1].float()
        lost = torch.nn.functional.cross_entropy(logits.transpose(1, 2), tokens[:, 1:], reduction="none")
        return [float(lost[n, : len(row) - 1].mean()) for n, row in enumerate(rows)]


class Maker:
    """Makes the target of a case, or None where nothing that is true of it can be said well."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._checks = Writer(parts.generator, parts.prompts, settings)
        self._reads = Writer(parts.generator, parts.prompts, settings, parts.quick)
        self._likelihood = Likelihood()

    def statement(self, question: str, candidate: Candidate) -> str | None:
        made = list(dict.fromkeys(statements(question, candidate.answer_text, candidate.quote_text)))
        made = [m for m in made if self._checks._supported(Claim(m, (1,)), question, [candidate])[0]]
        if not made:
            return None
        made = random.Random(question).sample(made, min(len(made), _MOST))
        for lost, text in sorted(zip(self._likelihood.nats(made), made, strict=True)):
            if lost > _UNLIKELY:
                return None
            if self._reads._supported(Claim(text, (1,)), question, [candidate])[0]:
                return text
        return None


def targets(folder: Path, count: int, *, held: bool = False) -> Iterator[Target]:
    """Make so many targets from the pool; ``held`` takes the part that nothing is trained on."""
    rng = random.Random(_SEED)
    settings = load_settings({}).settings
    maker = Maker(settings, load_parts(settings))
    made = whole = 0
    for question, candidate, others in cases(folder, rng, held=held):
        quote = " ".join(candidate.quote_text.split())
        text = maker.statement(question, candidate)
        if text is None:
            if len(quote.split()) > _LONGEST or whole >= WHOLE * (made + 1):
                continue
            text, whole = quote, whole + 1
        beside = [rng.choice(others)] if others and rng.random() < _BESIDE else []
        yield Target(question, [quote, *beside], candidate.answer_text, f"{text.rstrip('. ')} [1].")
        made += 1
        if made == count:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    with arguments.out.open("wb") as file:
        for number, target in enumerate(targets(arguments.data, arguments.count), start=1):
            file.write(msgspec.json.encode(target) + b"\n")
            file.flush()
            if number % 100 == 0:
                print(number, flush=True)


if __name__ == "__main__":
    main()
