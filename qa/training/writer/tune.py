"""Tune the bundled model on statements: ``python -m qa.training.writer.tune STATEMENTS.jsonl FOLDER``.

Low-rank adapters (Hu et al. 2021, LoRA) on the values, the outputs and the feed-forward layers of the upper blocks; the
loss is that of the sentence alone. Queries and keys are left as they are: where to look is not what the model lacks.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, AutoTokenizer

from qa.answering.prompts import Prompts, load_prompts
from qa.models.files import bundled_file
from qa.training.writer.targets import Target, read_targets

RANK, ALPHA = 8, 16
LAYERS = range(10, 30)
MODULES = ("v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
_IGNORED = -100
_BATCH = 8
_STEP = 32  # lengths are padded to multiples
_SEED = 7


def encoded(tokenizer: Any, prompts: Prompts, target: Target) -> tuple[list[int], int]:
    """Return the tokens of the whole conversation, and how many of them are the prompt."""
    messages = [
        {"role": m.role, "content": m.content}
        for m in prompts.answer_messages(target.question, target.passages, target.answer)
    ]
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    start = tokenizer.encode(prompt, add_special_tokens=False)
    return start + tokenizer.encode(target.sentence + tokenizer.eos_token, add_special_tokens=False), len(start)


def batches(rows: Sequence[tuple[list[int], int]], rng: random.Random) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield tokens and labels, shape (batch, longest), rows of like length together, in random order."""
    order = sorted(range(len(rows)), key=lambda n: len(rows[n][0]) + rng.random() * 8)
    groups = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
    rng.shuffle(groups)
    for group in groups:
        # Few shapes: the library prepares itself anew for each.
        longest = -(-max(len(rows[n][0]) for n in group) // _STEP) * _STEP
        tokens = torch.zeros(len(group), longest, dtype=torch.long)
        labels = torch.full((len(group), longest), _IGNORED)
        for line, n in enumerate(group):
            row, prompt = rows[n]
            tokens[line, : len(row)] = torch.tensor(row)
            labels[line, prompt : len(row)] = torch.tensor(row[prompt:])
        yield tokens, labels


def tune(targets: Sequence[Target], folder: Path, *, epochs: int, rate: float) -> None:
    """Write the adapter into ``folder``, again after every hundred steps."""
    torch.manual_seed(_SEED)
    rng = random.Random(_SEED)
    file = bundled_file()
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model: Any = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32)
    lora = LoraConfig(
        r=RANK, lora_alpha=ALPHA, target_modules=list(MODULES), layers_to_transform=list(LAYERS), lora_dropout=0.0
    )
    model = get_peft_model(model, lora)
    prompts = load_prompts().without_examples()
    rows = [encoded(tokenizer, prompts, t) for t in targets]
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=rate)
    steps = epochs * -(-len(rows) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps, pct_start=0.05)
    started, step = time.perf_counter(), 0
    total = 0.0
    for _ in range(epochs):
        for tokens, labels in batches(rows, rng):
            # Padding stands after the sentence, where nothing that counts can see it: no mask is needed.
            wanted = labels[:, 1:]
            chosen = wanted != _IGNORED
            # bf16 pays where the processor multiplies it.
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported()):
                hidden = model.get_base_model().model(tokens).last_hidden_state[:, :-1]
            loss = cross_entropy(model.get_base_model().lm_head(hidden[chosen].float()), wanted[chosen])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            step, total = step + 1, total + loss.item()
            if step % 20 == 0:
                print(f"{step}/{steps}: loss {total / 20:.3f}, {time.perf_counter() - started:.0f} s", flush=True)
                total = 0.0
            if step % 100 == 0:
                model.save_pretrained(folder)
    model.save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("statements", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--rate", type=float, default=4e-4)
    arguments = parser.parse_args()
    tune(read_targets(arguments.statements), arguments.folder, epochs=arguments.epochs, rate=arguments.rate)


if __name__ == "__main__":
    main()
