"""The embedder's network as a graph with matrices in 8 bits: ``python -m qa.training.export.embedder --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from transformers import BertModel

from qa.models.encoder import bundled_folder
from qa.training.export.small import OPSET, encode, in_8_bits


class _Embedding(nn.Module):
    # Mean pooling and normalisation as in the model's card; token types are all 0.
    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> Tensor:
        states = encode(self.encoder, word_vectors, torch.zeros_like(attention_mask), attention_mask)
        kept = attention_mask[:, :, None].to(states.dtype)
        return nn.functional.normalize((states * kept).sum(1) / kept.sum(1), dim=-1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=bundled_folder(), help="folder with the embedder's weights")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    network = BertModel.from_pretrained(arguments.base, add_pooling_layer=False).eval()
    ids, mask = torch.randint(1000, 2000, (2, 16)), torch.ones(2, 16, dtype=torch.long)
    mask[1, 12:] = 0
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        _Embedding(network),
        (network.embeddings.word_embeddings(ids), mask),
        str(arguments.out),
        input_names=["word_vectors", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes={"word_vectors": axes, "attention_mask": axes, "vectors": {0: "batch"}},
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.save(in_8_bits(onnx.load(arguments.out)), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
