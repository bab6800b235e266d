"""Examples to token ids and tensors, in the form that the encoder was pretrained to read two texts in."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer

from qa.training.data import Example

QUESTION_TOKENS = 64
BEFORE_TOKENS = 64
_STEP = 16  # lengths are padded to multiples: few shapes, so that the library's cache of them stays small
_POOL = 1024  # examples that are sorted by length at a time


@dataclass(frozen=True)
class Layout:
    """The special tokens: ``opening question between [before closing] passage closing``."""

    opening: int
    between: tuple[int, ...]
    closing: int
    pad: int

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Layout:
        """Take BERT's or MPNet's way of joining two texts, by the special tokens of the tokenizer."""
        if tokenizer.token_to_id("<s>") is not None:
            opening, closing, pad = (tokenizer.token_to_id(t) for t in ("<s>", "</s>", "<pad>"))
            return cls(opening, (closing, closing), closing, pad)
        opening, closing, pad = (tokenizer.token_to_id(t) for t in ("[CLS]", "[SEP]", "[PAD]"))
        return cls(opening, (closing,), closing, pad)


class Encoded:
    """One example as token ids, and the span as token positions (0, 0 for none; -100 to leave the span head alone).

    Question and ``before`` are cut to their share, the passage to what is left of ``longest`` tokens; a passage that is
    too long is cut around its answer at a random place.
    """

    def __init__(
        self, tokenizer: Tokenizer, layout: Layout, example: Example, rng: random.Random, *, longest: int
    ) -> None:
        question = tokenizer.encode(example.question, add_special_tokens=False).ids[:QUESTION_TOKENS]
        head = [layout.opening, *question, *layout.between]
        self.start_of_second = len(head)
        if example.before:
            before = tokenizer.encode(example.before, add_special_tokens=False).ids[-BEFORE_TOKENS:]
            head += [*before, layout.closing]
        context = tokenizer.encode(example.context, add_special_tokens=False)
        room = longest - len(head) - 1
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
        self.ids = [*head, *piece, layout.closing]
        self.start_of_text = len(head)
        self.offsets = context.offsets[begin : begin + room]
        self.answerable = float(example.answerable)
        self.question, self.text = example.question, example.context
        if not example.answerable:
            self.span = (0, 0)
        elif last < 0 or last - begin >= len(piece):
            self.span = (-100, -100)
        else:
            self.span = (self.start_of_text + first - begin, self.start_of_text + last - begin)


Group = list[Encoded]  # texts to choose between for one question; most have one


def padded(length: int) -> int:
    """Round a length up to a multiple that shapes are padded to."""
    return -(-length // _STEP) * _STEP


def batches(groups: Sequence[Group], rng: random.Random, *, tokens: int) -> Iterator[list[Group]]:
    """Put groups of like length together, up to ``tokens`` padded tokens, in random order.

    A group stays whole: one that is larger than ``tokens`` is a batch of its own.
    """
    for at in range(0, len(groups), _POOL):
        filled: list[list[Group]] = [[]]
        rows = 0
        for group in sorted(groups[at : at + _POOL], key=_length):
            if filled[-1] and (rows + len(group)) * padded(_length(group)) > tokens:
                filled.append([])
                rows = 0
            filled[-1].append(group)
            rows += len(group)
        rng.shuffle(filled)
        yield from filled


def _length(group: Group) -> int:
    return max(len(e.ids) for e in group)


def tensors(batch: Sequence[Encoded], layout: Layout, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Pad a batch: ids, types and mask of shape (batch, tokens), and the mask of places a span may not touch."""
    length = padded(max(len(e.ids) for e in batch))
    ids = torch.full((len(batch), length), layout.pad)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    outside = torch.ones(len(batch), length, dtype=torch.bool)
    for row, example in enumerate(batch):
        n = len(example.ids)
        ids[row, :n] = torch.tensor(example.ids)
        types[row, example.start_of_second : n] = 1
        mask[row, :n] = 1
        outside[row, 0] = False
        outside[row, example.start_of_text : n - 1] = False
    inputs = {"input_ids": ids, "token_type_ids": types, "attention_mask": mask, "outside": outside}
    return {name: tensor.to(device) for name, tensor in inputs.items()}
