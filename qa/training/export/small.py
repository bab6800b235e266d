"""Checkpoint to the file that is shipped: ``python -m qa.training.export.small --checkpoint FILE --base DIR --out DIR``."""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn
from transformers import BertModel

from qa.models.encoder import bundled_folder
from qa.training.model import ReaderNetwork

OPSET = 17
_BLOCK = 32
IN_8_BITS = 4  # what onnxruntime calls the accuracy level of 8-bit sums


class _FromEmbeddings(nn.Module):
    # The embedding table is not trained and not stored: the word vectors are looked up in the embedder's own file.
    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, word_vectors: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        states = encode(self.network.encoder, word_vectors, token_type_ids, attention_mask)
        start, end = self.network.span(states).unbind(-1)
        return start, end, self.network.answerable(states[:, 0]).squeeze(-1)


def encode(encoder: BertModel, word_vectors: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """Run the encoder from word vectors on, in operations that an exported graph keeps few and plain."""
    states = encoder.embeddings(inputs_embeds=word_vectors, token_type_ids=token_type_ids)
    # A float mask made here keeps the graph free of the library's mask construction.
    mask = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e4
    for layer in encoder.encoder.layer:
        states = _layer(layer, states, mask)
    return states


def _layer(layer: nn.Module, states: Tensor, mask: Tensor) -> Tensor:
    attention = layer.attention.self
    batch, tokens, hidden = states.shape
    heads, size = attention.num_attention_heads, attention.attention_head_size

    def split(x: Tensor) -> Tensor:
        return x.view(batch, tokens, heads, size).transpose(1, 2)

    query, key, value = (split(part(states)) for part in (attention.query, attention.key, attention.value))
    weights = torch.softmax(query @ key.transpose(-1, -2) / size**0.5 + mask, dim=-1)
    mixed = (weights @ value).transpose(1, 2).reshape(batch, tokens, hidden)
    attended = layer.attention.output(mixed, states)
    return layer.output(layer.intermediate(attended), attended)


def in_8_bits(model: onnx.ModelProto) -> onnx.ModelProto:
    """Store the matrices in 8 bits, with a scale for every 32 values of a column; they are multiplied in 8 bits too."""
    quantizer = MatMulNBitsQuantizer(model, bits=8, block_size=_BLOCK, is_symmetric=True, accuracy_level=IN_8_BITS)
    quantizer.process()
    return quantizer.model.model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--base", type=Path, default=bundled_folder(), help="folder with the embedder's weights")
    parser.add_argument("--out", type=Path, required=True, help="folder for reader.onnx")
    arguments = parser.parse_args()
    network = ReaderNetwork.from_folder(arguments.base, arguments.checkpoint)
    network.eval()
    ids = torch.randint(1000, 2000, (2, 16))
    types, mask = torch.zeros_like(ids), torch.ones_like(ids)
    types[:, 8:] = 1
    mask[1, 12:] = 0
    vectors = network.encoder.embeddings.word_embeddings(ids)
    wrapped = _FromEmbeddings(network)
    with torch.no_grad():
        for ours, theirs in zip(wrapped(vectors, types, mask), network(ids, types, mask), strict=True):
            real = mask.bool() if ours.dim() == 2 else torch.ones_like(ours, dtype=torch.bool)
            if not torch.allclose(ours[real], theirs[real], atol=1e-3):
                raise SystemExit("the exported network differs from the trained one")
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / "reader.onnx"
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        wrapped,
        (vectors, types, mask),
        str(target),
        input_names=["word_vectors", "token_type_ids", "attention_mask"],
        output_names=["start", "end", "answerable"],
        dynamic_axes={
            **dict.fromkeys(["word_vectors", "token_type_ids", "attention_mask", "start", "end"], axes),
            "answerable": {0: "batch"},
        },
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.save(in_8_bits(onnx.load(target)), target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
