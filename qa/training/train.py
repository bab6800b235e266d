"""Train a reader: ``python -m qa.training.train --data DIR --out DIR --tokens N``; run again to go on.

``--base`` names the encoder: BERT (the small reader, from the embedder) or MPNet (the larger one). ``--sentences`` is the
share of the tokens that goes to single sentences instead of passages, ``--statements`` that of statements to check.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from qa.models.encoder import bundled_folder
from qa.training.data import Example, load, name_of, with_written
from qa.training.encoding import Encoded, Group, Layout, batches, tensors
from qa.training.hard import SOURCES
from qa.training.measure import Measure
from qa.training.model import ReaderNetwork
from qa.training.passages import EPOCH_RATE, WrongPassages, epoch
from qa.training.sentences import ROWS, Sentences, held_back

# How often the larger reader sees a passage of each source in one epoch (EPOCH_RATE is the small reader's). It learns
# from sentences too, so fewer of the large sources are needed; squad2 has the only look-alikes that people wrote.
LARGE_RATE = {
    "squad2": 3.0,
    "squadshifts": 0.4,
    "nq_oracle": 0.5,
    "afriqa": 0.2,
    "timeqa": 0.3,
    "qamr": 0.3,
    "fairytaleqa": 0.05,
    "condaqa": 0.2,
    "clapnq": 1.0,
}
WARM_UP = 0.03  # share of the budget
AVERAGE = 0.998  # how much the mean of the weights keeps at a step
SEED = 20
SLICE = 2048  # examples that are encoded at a time


def loss_of(
    network: ReaderNetwork, groups: list[Group], layout: Layout, device: str, *, half: bool = False
) -> torch.Tensor:
    """Sum the losses of the span, of answerable, and of the choice between the texts of a question, or questions of a text.

    The choice is the listwise softmax loss (ListNet, Cao et al., 2007) of the answerable score over those of a group. With
    ``half`` the network runs in bf16.
    """
    batch = [e for group in groups for e in group]
    inputs = tensors(batch, layout, device)
    outside = inputs.pop("outside")
    with torch.autocast(device, dtype=torch.bfloat16, enabled=half):
        start, end, answerable = network(**inputs)
    start, end = start.masked_fill(outside, -1e4), end.masked_fill(outside, -1e4)
    starts = torch.tensor([e.span[0] for e in batch], device=device)
    ends = torch.tensor([e.span[1] for e in batch], device=device)
    truth = torch.tensor([e.answerable for e in batch], device=device)
    total = binary_cross_entropy_with_logits(answerable, truth)
    if (starts != -100).any():
        total = total + (cross_entropy(start, starts) + cross_entropy(end, ends)) / 2
    choices, at = [], 0
    for group in groups:
        right = group[0]
        texts = [at + i for i, e in enumerate(group) if e.question == right.question]
        questions = [at + i for i, e in enumerate(group) if e.text == right.text]
        at += len(group)
        if right.answerable:
            several = [rivals for rivals in (texts, questions) if len(rivals) > 1]
            choices += [answerable[rivals].logsumexp(0) - answerable[rivals[0]] for rivals in several]
    return total + torch.stack(choices).mean() / 2 if choices else total


def rate_at(share: float) -> float:
    """Factor of the peak rate, 0 to 1: a linear warm-up, then a linear fall to zero.

    ``share`` is the part of the budget that is spent.
    """
    return min(share / WARM_UP, max(0.0, (1 - share) / (1 - WARM_UP)))


class Stream:
    """Batches without end: passages, groups of sentences and groups of statements, each at its share of the tokens."""

    def __init__(
        self, folder: Path, tokenizer: Tokenizer, rates: dict[str, float], arguments: argparse.Namespace
    ) -> None:
        self.tokenizer, self.layout = tokenizer, Layout.of(tokenizer)
        self.tokens, self.longest = arguments.batch, arguments.longest
        single = arguments.sentences + arguments.statements
        self.shares = {"passages": 1 - single, "sentences": arguments.sentences, "statements": arguments.statements}
        self.examples = load(folder) if single < 1 else []
        if single > 0:  # only then is anything measured, and needs to be held back
            self.examples = [e for e in self.examples if not held_back(e.context)]
        names = frozenset(json.loads(arguments.only.read_text(encoding="utf-8"))) if arguments.only else None
        if names is not None:
            self.examples = [
                e for e in self.examples if e.source not in SOURCES or name_of(e.context, e.question) in names
            ]
        counts = Counter(e.source for e in self.examples)
        self.rates = with_written(rates, counts, arguments.written)
        self.wrong = WrongPassages(self.examples) if self.examples else None
        self.sentences = Sentences(folder) if single > 0 else None
        if self.sentences:
            for source in SOURCES if names is not None else ():
                rows = self.sentences.rows[source]
                self.sentences.rows[source] = [r for r in rows if name_of(r["context"], r["question"]) in names]
            counts = {source: len(rows) for source, rows in self.sentences.rows.items()}
            self.rows = with_written(ROWS, counts, arguments.written)

    def batches(self, rng: random.Random) -> Iterator[list[Group]]:
        """Draw batches; whichever kind is furthest behind its share of the tokens comes next."""
        drawn = {
            "passages": self._without_end(
                lambda: [[e] for e in epoch(self.examples, self.wrong, rng, self.rates)], rng
            ),
            "sentences": self._without_end(lambda: self.sentences.draw(rng, self.rows), rng),
            "statements": self._without_end(lambda: self.sentences.stated(rng), rng),
        }
        spent = {kind: 0.0 for kind, share in self.shares.items() if share > 0}
        while True:
            kind = min(spent, key=lambda kind: spent[kind] / self.shares[kind])
            batch = next(drawn[kind])
            spent[kind] += sum(len(e.ids) for group in batch for e in group)
            yield batch

    def _without_end(self, draw: Callable[[], list[list[Example]]], rng: random.Random) -> Iterator[list[Group]]:
        while True:
            yield from self._encoded(draw(), rng)

    def _encoded(self, drawn: list[list], rng: random.Random) -> Iterator[list[Group]]:
        # Encoding in slices keeps an interrupted run from waiting for a whole epoch of tokenising.
        for at in range(0, len(drawn), SLICE):
            groups = [
                [Encoded(self.tokenizer, self.layout, e, rng, longest=self.longest) for e in group]
                for group in drawn[at : at + SLICE]
            ]
            yield from batches(groups, rng, tokens=self.tokens)


class Run:
    """Weights, their running mean (Polyak and Juditsky, 1992), optimiser, and how far it has come; stored in ``file``.

    A run goes on from ``file`` where it exists.
    """

    def __init__(self, network: ReaderNetwork, file: Path) -> None:
        self.network, self.file = network, file
        self.trained = {n: p for n, p in network.named_parameters() if p.requires_grad}
        decayed = [p for p in self.trained.values() if p.dim() > 1]
        plain = [p for p in self.trained.values() if p.dim() == 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=0.0, fused=True
        )
        self.average = {n: p.detach().clone() for n, p in self.trained.items()}
        self.tokens, self.steps, self.seconds = 0, 0, 0.0
        if file.exists():
            state = torch.load(file, weights_only=True)
            network.load_state_dict(state["network"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.average = {n: state["average"][n].to(p.device) for n, p in self.trained.items()}
            self.tokens, self.steps, self.seconds = state["tokens"], state["steps"], state["seconds"]

    def step(self, rate: float) -> None:
        """Take one step of the optimiser, and follow it with the mean of the weights."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        torch.nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.steps += 1
        keep = min(AVERAGE, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.trained.values()), 1 - keep)

    def save(self) -> None:
        """Write the checkpoint; a write that breaks off leaves the last one."""
        temporary = self.file.with_suffix(".tmp")
        network = self.network.state_dict()
        torch.save(
            {
                "network": network,
                "average": {**network, **self.average},
                "optimiser": self.optimiser.state_dict(),
                "tokens": self.tokens,
                "steps": self.steps,
                "seconds": self.seconds,
            },
            temporary,
        )
        temporary.replace(self.file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--base", type=Path, default=bundled_folder(), help="folder with the encoder, BERT or MPNet")
    parser.add_argument("--start", type=Path, help="weights of a reader to train on from, instead of the encoder's")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    # Tokens, not hours: the same budget gives the same reader on a slow machine and on a fast one.
    parser.add_argument("--tokens", type=float, default=20e6, help="tokens to train on, over all runs")
    parser.add_argument("--minutes", type=float, default=math.inf, help="end after so many minutes, if that is sooner")
    parser.add_argument("--sentences", type=float, default=0.0, help="share of the tokens for single sentences")
    parser.add_argument("--statements", type=float, default=0.0, help="share of the tokens for statements")
    parser.add_argument("--written", type=float, default=0.0, help="share of the rows for the questions written here")
    parser.add_argument("--only", type=Path, help="file with the rows to draw (qa.training.hard), of its sources")
    parser.add_argument("--rate", type=float, default=1.5e-4, help="peak rate")
    parser.add_argument("--seed", type=int, default=SEED, help="another draws the rows in another order")
    parser.add_argument("--batch", type=int, default=3072, help="padded tokens in one step")
    parser.add_argument("--longest", type=int, default=288, help="question and passage together, in tokens")
    parser.add_argument("--freeze", type=int, default=0, help="lowest layers to leave as they are")
    parser.add_argument("--save", type=float, default=300, help="seconds between checkpoints")
    parser.add_argument("--measure", type=float, default=1200, help="seconds between measurements")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    # bf16 pays where the processor multiplies it; elsewhere it is emulated, and a hundred times slower.
    half = device == "cuda" or torch.cpu._is_avx512_bf16_supported()

    torch.manual_seed(arguments.seed)
    tokenizer = Tokenizer.from_file(str(arguments.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    network = ReaderNetwork.from_folder(arguments.base, arguments.start).to(device)
    network.freeze(arguments.freeze)
    run = Run(network, arguments.out / "state.pt")
    layout = Layout.of(tokenizer)
    stream = Stream(arguments.data, tokenizer, EPOCH_RATE if network.typed else LARGE_RATE, arguments)
    measure = Measure(arguments.data, tokenizer) if arguments.sentences + arguments.statements > 0 else None
    saved = measured = last = time.monotonic()
    mean = math.nan
    network.train()
    print(json.dumps({"device": device, "bf16": half, "steps": run.steps, "tokens": run.tokens}), flush=True)
    # A run that goes on draws another epoch than the one it was stopped in: the first rows would be seen twice.
    for batch in stream.batches(random.Random(f"{arguments.seed} {run.tokens}")):
        share = max(run.tokens / arguments.tokens, run.seconds / 60 / arguments.minutes)
        done = share >= 1
        if done or last - saved > arguments.save:
            run.save()
            saved = last
        if measure and (done or last - measured > arguments.measure):
            print(json.dumps({"steps": run.steps, "tokens": run.tokens, **measure.of(network)}), flush=True)
            measured = time.monotonic()
        if done:
            return
        loss = loss_of(network, batch, layout, device, half=half)
        loss.backward()
        run.step(arguments.rate * rate_at(share))
        run.tokens += sum(len(e.ids) for group in batch for e in group)
        mean = loss.item() if math.isnan(mean) else 0.98 * mean + 0.02 * loss.item()
        now = time.monotonic()
        run.seconds += now - last
        last = now
        if run.steps % 10 == 0:
            progress = {"steps": run.steps, "loss": round(mean, 3), "tokens": run.tokens, "share": round(share, 3)}
            print(json.dumps({**progress, "minutes": round(run.seconds / 60, 1)}), flush=True)


if __name__ == "__main__":
    main()
