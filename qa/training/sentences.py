"""Training groups for reading sentence by sentence: one question, the sentence that answers it, and others that do not.

``answerable`` means that this one sentence answers; what stands before it is shown apart (``Example.before``). A
statement is asked like a question: a sentence that supports it answers.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qa.text.sentences import sentences
from qa.training.altered import NAME, altered_question, other_kind, turned_round
from qa.training.data import Example, find, questions_of, rows_of, statements_of, twin_of, words_of

# How many of each source's rows become a group in one drawing. Prose and questions that people asked come first.
ROWS = {
    "squad2": 1.0,
    "squadshifts": 0.1,
    "nq_oracle": 0.6,
    "afriqa": 0.15,
    "timeqa": 0.15,
    "qamr": 0.15,
    "fairytaleqa": 0.08,
    "clapnq": 1.0,
    "quotesum": 1.0,
    "canard": 0.35,
    "sentence": 0.12,
}
LONGEST = 500  # characters; what is longer is no sentence
OTHERS = 3  # wrong sentences in a group
HELD_BACK = 25  # one context in so many is never trained on


def held_back(context: str) -> bool:
    """Tell whether a context belongs to the part that measures and never trains."""
    return hashlib.sha256(context.encode()).digest()[0] % HELD_BACK == 0


class Sentences:
    """The pool as groups of sentences. ``held`` gives the part that is held back instead of the rest."""

    def __init__(self, folder: Path, *, held: bool = False) -> None:
        self.held = held
        self.rows: dict[str, list[dict]] = defaultdict(list)
        self.asked: dict[str, list[dict]] = defaultdict(list)
        for row in questions_of(folder):
            if held_back(row["context"]) == held:
                self.rows[row["source"]].append(row)
                self.asked[row["context"]].append(row)
        for row in rows_of(folder / "long_answers.jsonl.gz"):
            if held_back(row["question"]) == held:
                self.rows[row["source"]].append(row)
        talks: dict[str, list[dict]] = defaultdict(list)
        for row in rows_of(folder / "canard_dev.jsonl.gz"):
            talks[row["id"].rpartition(":")[0]].append(row)
        self.rows["canard"] = [
            {"turns": turns, "at": i}
            for name, turns in talks.items()
            if held_back(name) == held
            for i in range(len(turns) - 1)
        ]
        self.statements = [r for r in statements_of(folder) if held_back(r["context"]) == held]
        self.rows["sentence"] = [
            r for r in rows_of(folder / "sentence_answerability.jsonl.gz") if held_back(r["sentence"]) == held
        ]

    def draw(self, rng: random.Random, rates: dict[str, float] | None = None) -> list[list[Example]]:
        """Draw the rows at their rates and make a group of each."""
        groups = []
        for source, rate in (rates or ROWS).items():
            for row in self.rows[source]:
                if rng.random() < rate:
                    groups += self._groups(source, row, rng)
        rng.shuffle(groups)
        return [group for group in groups if group]

    def stated(self, rng: random.Random) -> list[list[Example]]:
        """Make a group of each statement: of its sentence, of others, and of its sentence statements that are not so."""
        groups = [self._stated(row, rng) for row in rng.sample(self.statements, len(self.statements))]
        return [group for group in groups if group]

    def _groups(self, source: str, row: dict, rng: random.Random) -> Iterator[list[Example]]:
        if source == "canard":
            yield self._conversation(row, rng)
        elif source == "quotesum":
            yield self._quoted(row, rng)
        elif source == "sentence":
            if row["answerable"] or rng.random() < 0.1:
                yield [Example(row["question"], row["sentence"], row["answerable"], None, source)]
        elif source == "clapnq":
            pieces = [(m, f"{row['title']}.") for m in row["sentences"] if m]
            right = [i for i, (piece, _) in enumerate(pieces) if any(e in piece or piece in e for e in row["evidence"])]
            yield self._choose(row["question"], pieces, right if row["answerable"] else [], [], source, rng)
        else:
            yield self._passage(source, row, rng)

    def _passage(self, source: str, row: dict, rng: random.Random) -> list[Example]:
        context = row["context"]
        places = sentences(context)
        pieces = [(s.of(context), places[i - 1].of(context) if i else "") for i, s in enumerate(places)]
        twin = self._twin(row)
        if not row["answerable"]:
            if twin is None:
                return self._choose(row["question"], pieces, [], row["answers"], source, rng)
            row, twin = twin, row  # what tells them apart is learned from both side by side
        question = row["question"]
        span = row.get("evidence") or find(context, row["answers"])
        if span is not None:
            right = [i for i, s in enumerate(places) if s.start <= span[0] and span[1] <= s.end]
        else:
            right = self._paraphrased(row["answers"], pieces)
        if not right:
            return []
        group = self._choose(question, pieces, right, row["answers"], source, rng)
        first = next((e for e in group if e.answerable), None)
        if first is None:
            return group
        kind = rng.random()
        if twin is not None or kind < 0.45:
            unanswered = [twin["question"]] if twin is not None else self._altered(first, context, rng)
            group += [replace(first, question=q, answerable=False, span=None) for q in unanswered]
        elif kind < 0.53 and (short := _pronoun(question, context, rng)):
            group = [replace(e, question=short[0], before=e.before or short[1]) for e in group]
        elif kind < 0.60:
            others = [r for r in self.asked[context] if r["question"] != question and r["answers"]]
            if others:
                other = rng.choice(others)
                talk = f"{other['question']} {_cut(other['answers'][0])}. {question}"
                group = [replace(e, question=talk) for e in group]
        return group

    def _stated(self, row: dict, rng: random.Random) -> list[Example]:
        context, (start, end) = row["context"], row["evidence"]
        places = sentences(context)
        before = next((s.of(context) for s in reversed(places) if s.end <= start), "")
        others = [(s.of(context), "") for s in places if s.end <= start or end <= s.start]
        group = self._choose(row["true"], [(context[start:end], before), *others], [0], [], "statement", rng)
        false = [row["false"][0], *rng.sample(row["false"][1:], min(1, len(row["false"]) - 1))]
        return [*group[:2], *(replace(group[0], question=f, answerable=False) for f in false)] if group else []

    def _twin(self, row: dict) -> dict | None:
        """Find the row over the same text whose question is nearly the same, and is answered if this one is not."""
        others = {r["question"]: r for r in self.asked[row["context"]] if r["answerable"] != row["answerable"]}
        nearest = twin_of(row["question"], others)
        return others[nearest] if nearest is not None else None

    def _choose(
        self,
        question: str,
        pieces: Sequence[tuple[str, str]],
        right: Sequence[int],
        answers: Sequence[str],
        source: str,
        rng: random.Random,
    ) -> list[Example]:
        """Take a right sentence and the likeliest wrong ones; ``pieces`` are (sentence, text before it)."""
        own = words_of(question)

        def shared(i: int) -> float:
            words = words_of(pieces[i][0])
            return len(own & words) / (len(words) + 5) ** 0.5 + rng.random() * 0.1

        answered = [a.lower() for a in answers if a]
        wrong = [
            i
            for i, (piece, _) in enumerate(pieces)
            if i not in right and len(piece) <= LONGEST and not any(a in piece.lower() for a in answered)
        ]
        wrong.sort(key=shared, reverse=True)
        taken = wrong[:2]
        if right:
            beside = [i for i in wrong[2:] if any(abs(i - r) == 1 for r in right)]
            taken += beside[:1] or wrong[2:3]
            chosen = [i for i in right if len(pieces[i][0]) <= LONGEST]
            if not chosen:
                return []
            taken = [rng.choice(chosen), *taken]
        shown = rng.random() < 0.4  # what stands before is shown for all of a group, or for none
        group = []
        for place, i in enumerate(taken[: OTHERS + 1]):
            piece, before = pieces[i]
            good = bool(right) and place == 0
            span = find(piece, list(answers)) if good else None
            group.append(Example(question, piece, good, span, source, before[-LONGEST:] if shown else ""))
        return group

    @staticmethod
    def _paraphrased(answers: Sequence[str], pieces: Sequence[tuple[str, str]]) -> list[int]:
        """Find the one sentence that holds most words of a free answer."""
        words = words_of(" ".join(answers[:1]))
        if len(words) < 3:
            return []
        held = [len(words & words_of(piece)) / len(words) for piece, _ in pieces]
        best = max(held, default=0.0)
        return [held.index(best)] if best >= 0.7 and sum(h >= 0.5 for h in held) == 1 else []

    @staticmethod
    def _altered(right: Example, context: str, rng: random.Random) -> list[str]:
        """Ask the right sentence something that it does not answer, if that can be made by rule."""
        ways = [turned_round(right, rng), other_kind(right, rng)]
        # Names to swap in come from the whole context; the sentence asked is the same.
        at = context.find(right.context)
        if right.span and at >= 0:
            wide = replace(right, context=context, span=(at + right.span[0], at + right.span[1]))
            swapped = altered_question(wide, rng)
            ways.append(swapped.question if swapped else None)
        questions = [w for w in ways if w]
        return [rng.choice(questions)] if questions else []

    @staticmethod
    def _conversation(row: dict, rng: random.Random) -> list[Example]:
        """Ask a follow-up of the answers of its own conversation: each is a piece of the article."""
        turns, at = row["turns"], row["at"]
        history = turns[-1]["history"]
        replies = [t for t in history[3::2] if "CANNOTANSWER" not in t and len(t) > 15]
        own = turns[at]["history"]
        answer = turns[at + 1]["history"]
        if len(answer) < len(own) + 2 or answer[len(own) + 1] not in replies:
            return []
        right = answer[len(own) + 1]
        if len(right) > LONGEST:
            return []
        wrong = [t for t in replies if t != right and t not in right and right not in t and len(t) <= LONGEST]
        asked = turns[at]["question"]
        if rng.random() < 0.3:
            asked = turns[at]["rewrite"]
        elif len(own) >= 4:
            asked = f"{own[-2]} {_cut(own[-1])} {asked}"
        before = f"{own[0]}. {own[1]}." if rng.random() < 0.7 else ""
        texts = [right, *rng.sample(wrong, min(OTHERS, len(wrong)))]
        return [Example(asked, t, t == right, None, "canard", before) for t in texts]

    def _quoted(self, row: dict, rng: random.Random) -> list[Example]:
        quotes = re.findall(r"\[\s*(\d+)\s+([^\]]+?)\s*\]", row["answer_quoted"])
        pieces, right = [], []
        for source in row["sources"]:
            quoted = [q for n, q in quotes if int(n) == source["n"]]
            for place in sentences(source["text"]):
                text = place.of(source["text"])
                if any(q in text and len(q) > 3 for q in quoted):
                    right.append(len(pieces))
                pieces.append((text, f"{source['title']}."))
        shorts = [s["short"] for s in row["sources"] if s.get("short")]
        return self._choose(row["question"], pieces, right, shorts, "quotesum", rng) if right else []


def _cut(text: str, words: int = 20) -> str:
    return " ".join(text.split()[:words])


def _pronoun(question: str, context: str, rng: random.Random) -> tuple[str, str] | None:
    """Call the context's topic "it" or "they", as readers do; return the question and the topic as a title."""
    for match in NAME.finditer(question):
        name = match.group()
        if context.count(name) >= 2 or context.find(name) in range(40):
            word = rng.choice(["it", "they", "he", "she", "it"])
            return question[: match.start()] + word + question[match.end() :], f"{name}."
    return None
