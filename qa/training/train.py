"""Train the reader: ``python -m qa.training.train --data DIR --out DIR --tokens N``; run again to go on."""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from qa.models.encoder import bundled_folder
from qa.training.data import Example, WrongPassages, epoch, load
from qa.training.model import ReaderNetwork

MAX_TOKENS = 288  # question and passage together
BATCH_TOKENS = 3072  # padded tokens in one optimiser step
PEAK_RATE = 1.5e-4
WARM_UP = 0.03  # share of the token budget
CHECKPOINT_SECONDS = 300
SEED = 20


class Encoded:
    """One example as token ids, and the span as token positions (0, 0 for none; -100 to leave the span head alone)."""

    def __init__(self, tokenizer: Tokenizer, example: Example, rng: random.Random) -> None:
        question = tokenizer.encode(example.question, add_special_tokens=False).ids[:64]
        context = tokenizer.encode(example.context, add_special_tokens=False)
        room = MAX_TOKENS - len(question) - 3
        first, last = 0, -1
        if example.span:
            inside = [i for i, (s, e) in enumerate(context.offsets) if s < example.span[1] and e > example.span[0]]
            if inside:
                first, last = inside[0], inside[-1]
        begin = 0
        if len(context.ids) > room:
            low, high = max(0, last - room + 1), min(first if last >= 0 else len(context.ids), len(context.ids) - room)
            begin = rng.randint(low, max(low, high)) if last >= 0 else rng.randint(0, len(context.ids) - room)
        piece = context.ids[begin : begin + room]
        start_of_text = len(question) + 2
        cls, sep = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
        self.ids = [cls, *question, sep, *piece, sep]
        self.start_of_text = start_of_text
        self.answerable = float(example.answerable)
        if not example.answerable:
            self.span = (0, 0)
        elif last < 0 or last - begin >= len(piece):
            self.span = (-100, -100)
        else:
            self.span = (start_of_text + first - begin, start_of_text + last - begin)


def batches(encoded: list[Encoded], rng: random.Random) -> Iterator[list[Encoded]]:
    """Group examples of like length into batches of at most BATCH_TOKENS padded tokens, in random order."""
    pool = 2048
    for at in range(0, len(encoded), pool):
        group = sorted(encoded[at : at + pool], key=lambda e: len(e.ids))
        made: list[list[Encoded]] = [[]]
        for example in group:
            if made[-1] and (len(made[-1]) + 1) * len(example.ids) > BATCH_TOKENS:
                made.append([])
            made[-1].append(example)
        rng.shuffle(made)
        yield from made


def tensors(batch: list[Encoded]) -> dict[str, torch.Tensor]:
    """Pad a batch: ids, types and mask of shape (batch, tokens), and the mask of places a span may not touch."""
    length = max(len(e.ids) for e in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    outside = torch.ones(len(batch), length, dtype=torch.bool)
    for row, example in enumerate(batch):
        n = len(example.ids)
        ids[row, :n] = torch.tensor(example.ids)
        types[row, example.start_of_text : n] = 1
        mask[row, :n] = 1
        outside[row, 0] = False
        outside[row, example.start_of_text : n - 1] = False
    return {"input_ids": ids, "token_type_ids": types, "attention_mask": mask, "outside": outside}


def loss_of(network: ReaderNetwork, batch: list[Encoded]) -> torch.Tensor:
    made = tensors(batch)
    outside = made.pop("outside")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        start, end, answerable = network(**made)
    start, end = start.masked_fill(outside, -1e4), end.masked_fill(outside, -1e4)
    starts = torch.tensor([e.span[0] for e in batch])
    ends = torch.tensor([e.span[1] for e in batch])
    total = binary_cross_entropy_with_logits(answerable, torch.tensor([e.answerable for e in batch]))
    if (starts != -100).any():
        total = total + (cross_entropy(start, starts) + cross_entropy(end, ends)) / 2
    return total


def rate_at(share: float) -> float:
    """Linear warm-up, then a linear fall to zero; ``share`` is the part of the token budget that is spent."""
    return PEAK_RATE * min(share / WARM_UP, max(0.0, (1 - share) / (1 - WARM_UP)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--base", type=Path, default=bundled_folder(), help="folder with the embedder's weights")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    # Tokens, not hours: the same budget gives the same reader on a slow machine and on a fast one.
    parser.add_argument("--tokens", type=float, default=20e6, help="tokens to train on, all runs together")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    state_file = arguments.out / "state.pt"

    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(arguments.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    network = ReaderNetwork.from_folder(arguments.base)
    decayed = [p for p in network.parameters() if p.requires_grad and p.dim() > 1]
    plain = [p for p in network.parameters() if p.requires_grad and p.dim() == 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], lr=0.0
    )
    tokens, epochs = 0, 0
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        tokens, epochs = state["tokens"], state["epochs"]

    examples = load(arguments.data)
    wrong = WrongPassages(examples)
    budget = arguments.tokens
    saved = time.monotonic()
    steps, mean = 0, math.nan
    network.train()
    while tokens < budget:
        # A run that goes on draws another epoch than the one it was stopped in: the first rows would be seen twice.
        rng = random.Random(f"{SEED} {epochs} {tokens}")
        drawn = epoch(examples, wrong, rng)
        print(
            json.dumps({"epoch": epochs, "examples": len(drawn), "unanswerable": sum(not e.answerable for e in drawn)}),
            flush=True,
        )
        # Encoding in slices keeps an interrupted run from waiting for a whole epoch of tokenising.
        for at in range(0, len(drawn), 2048):
            encoded = [Encoded(tokenizer, e, rng) for e in drawn[at : at + 2048]]
            for batch in batches(encoded, rng):
                for group in optimiser.param_groups:
                    group["lr"] = rate_at(tokens / budget)
                loss = loss_of(network, batch)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
                now = time.monotonic()
                steps, tokens = steps + 1, tokens + sum(len(e.ids) for e in batch)
                mean = loss.item() if math.isnan(mean) else 0.98 * mean + 0.02 * loss.item()
                if steps % 50 == 0:
                    print(
                        json.dumps(
                            {
                                "steps": steps,
                                "loss": round(mean, 3),
                                "tokens": tokens,
                                "done": round(at / len(drawn), 3),
                            }
                        ),
                        flush=True,
                    )
                if now - saved > CHECKPOINT_SECONDS or tokens >= budget:
                    temporary = state_file.with_suffix(".tmp")
                    torch.save(
                        {
                            "network": network.state_dict(),
                            "optimiser": optimiser.state_dict(),
                            "tokens": tokens,
                            "epochs": epochs,
                        },
                        temporary,
                    )
                    temporary.replace(state_file)
                    saved = now
                if tokens >= budget:
                    return
        epochs += 1


if __name__ == "__main__":
    main()
