"""Measures a reader's network on examples that were held back: ranking of sentences, and spans of passages."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from qa.training.data import Example, load
from qa.training.encoding import Encoded, Layout, tensors
from qa.training.model import ReaderNetwork
from qa.training.sentences import Sentences, held_back

_LONGEST_ANSWER = 40  # tokens


class Measure:
    """Draws the held-back examples once, and measures networks on them."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, *, groups: int = 80, passages: int = 24) -> None:
        rng = random.Random(5)
        self.tokenizer, self.layout = tokenizer, Layout.of(tokenizer)
        rates = {"squad2": 1.0, "squadshifts": 0.1, "nq_oracle": 1.0, "afriqa": 0.2, "clapnq": 1.0, "quotesum": 1.0}
        sentences = Sentences(folder, held=True)
        self.groups = sentences.draw(rng, rates)[:groups]
        self.stated = [e for group in sentences.stated(rng)[:groups] for e in group if e.context == group[0].context]
        held = [e for e in load(folder) if held_back(e.context) and e.source in {"squad2", "squadshifts", "nq_oracle"}]
        squad = [e for e in held if e.source == "squad2"]
        others = [e for e in held if e.source != "squad2" and e.span]
        self.passages = rng.sample(squad, min(len(squad), passages // 2)) + rng.sample(others, passages // 2)

    def of(self, network: ReaderNetwork) -> dict[str, float]:
        """Measure a network on the held-back examples; all figures are from 0 to 1.

        ``first`` is the share of questions whose right sentence has the highest answerable score, ``auc`` the area under
        the ROC curve of that score over all sentences, ``altered`` the share of altered questions that score below the
        one they were made from. ``passage_f1`` is the F1 of the words of the best span, ``passage_auc`` as ``auc``.
        ``stated_auc`` is that of statements over their sentence, true and nearly true.
        """
        training = network.training
        network.eval()
        scores = self._scores(network, [e for group in self.groups for e in group])
        at, first, ranked, altered = 0, 0, 0, []
        for group in self.groups:
            own = scores[at : at + len(group)]
            at += len(group)
            rivals = [i for i, e in enumerate(group) if e.question == group[0].question]
            if group[0].answerable and len(rivals) > 1:
                ranked += 1
                first += max(rivals, key=lambda i: own[i][0]) == 0
            altered += [own[0][0] > s[0] for e, s in zip(group, own, strict=True) if e.question != group[0].question]
        read = self._scores(network, self.passages)
        stated = self._scores(network, self.stated)
        spans = [
            token_f1(text, e.context[slice(*e.span)])
            for e, (_, text) in zip(self.passages, read, strict=True)
            if e.span
        ]
        network.train(training)
        return {
            "first": round(first / max(1, ranked), 3),
            "auc": _auc([e for group in self.groups for e in group], scores),
            "altered": round(sum(altered) / max(1, len(altered)), 3),
            "passage_f1": round(sum(spans) / max(1, len(spans)), 3),
            "passage_auc": _auc(self.passages, read),
            "stated_auc": _auc(self.stated, stated),
        }

    def _scores(self, network: ReaderNetwork, examples: Sequence[Example]) -> list[tuple[float, str]]:
        rng = random.Random(0)
        encoded = [Encoded(self.tokenizer, self.layout, e, rng, longest=256) for e in examples]
        return read(network, self.layout, examples, encoded)


def _auc(examples: Sequence[Example], scores: Sequence[tuple[float, str]]) -> float:
    return round(float(roc_auc_score([e.answerable for e in examples], [s for s, _ in scores])), 3)


def read(
    network: ReaderNetwork, layout: Layout, examples: Sequence[Example], encoded: Sequence[Encoded]
) -> list[tuple[float, str]]:
    """Return the answerable score and the text of the best span of each example."""
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
    scores: list[tuple[float, str]] = [(0.0, "")] * len(encoded)
    device = next(network.parameters()).device
    for at in range(0, len(order), 32):
        rows = order[at : at + 32]
        batch = tensors([encoded[i] for i in rows], layout, device)
        batch.pop("outside")
        with torch.no_grad():
            start, end, answerable = (x.cpu() for x in network(**batch))
        for row, i in enumerate(rows):
            example, first = encoded[i], encoded[i].start_of_text
            last = len(example.ids) - 1
            pairs = (start[row, first:last, None] + end[row, None, first:last]).triu().tril(_LONGEST_ANSWER)
            pairs = pairs.masked_fill(torch.ones_like(pairs).triu().tril(_LONGEST_ANSWER) == 0, -1e9)
            if pairs.numel():
                b, e = divmod(int(pairs.argmax()), pairs.shape[1])
                answer = examples[i].context[example.offsets[b][0] : example.offsets[e][1]]
                scores[i] = (float(answerable[row]), answer)
    return scores


def token_f1(answer: str, gold: str) -> float:
    """Return the F1 of the words of two texts (as in SQuAD, Rajpurkar et al., 2016, without its normalisation)."""
    words, expected = answer.lower().split(), gold.lower().split()
    common = sum((Counter(words) & Counter(expected)).values())
    return 2 * common / (len(words) + len(expected)) if common else 0.0
