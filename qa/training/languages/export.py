"""The graphs for other languages: ``python -m qa.training.languages.export --base DIR [--checkpoint FILE] --out DIR``.

``multilingual.onnx`` is the embedder, ``multilingual_reader.onnx`` the reader of a checkpoint. Both take the matrices
that were not trained from the packaged weights when they are opened; the reader brings the upper layers in 8 bits.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from torch import Tensor, nn
from transformers import BertModel

from qa.models.multilingual import MATRICES
from qa.models.nano_e5 import GROUP
from qa.training.export.quantise import ScaledLinear
from qa.training.export.small import IN_8_BITS, OPSET
from qa.training.model import ReaderNetwork

LONGEST = 512  # tokens that a graph has places for


def _plain(linear: nn.Linear) -> ScaledLinear:
    """Keep the matrix as it is multiplied, so that its name in the graph is known."""
    return ScaledLinear(linear.weight.detach(), linear.bias.detach(), None)


class _Layer(nn.Module):
    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        attention = layer.attention
        parts = (attention.self.query, attention.self.key, attention.self.value, attention.output.dense)
        for name, linear in zip(MATRICES, (*parts, layer.intermediate.dense, layer.output.dense), strict=True):
            setattr(self, name, _plain(linear))
        self.norm_1, self.norm_2 = attention.output.LayerNorm, layer.output.LayerNorm
        self.heads = attention.self.num_attention_heads

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        batch, tokens, hidden = states.shape

        def split(x: Tensor) -> Tensor:
            return x.view(batch, tokens, self.heads, hidden // self.heads).transpose(1, 2)

        query, key, value = (split(part(states)) for part in (self.q, self.k, self.v))
        weights = torch.softmax(query @ key.transpose(-1, -2) / (hidden // self.heads) ** 0.5 + mask, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, tokens, hidden)
        states = self.norm_1(self.ao(mixed) + states)
        return self.norm_2(self.fo(nn.functional.gelu(self.fi(states))) + states)


class Body(nn.Module):
    """The encoder from word vectors on, in operations that an exported graph keeps few and plain."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        embeddings = encoder.embeddings
        places = embeddings.position_embeddings.weight[:LONGEST] + embeddings.token_type_embeddings.weight[0]
        self.places = nn.Parameter(places.detach())
        self.norm = embeddings.LayerNorm
        self.layers = nn.ModuleList(map(_Layer, encoder.encoder.layer))

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> Tensor:
        """Map word vectors (batch, tokens, hidden) and a mask (batch, tokens) to states (batch, tokens, hidden)."""
        states = self.norm(word_vectors + self.places[: word_vectors.shape[1]])
        mask = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e4
        for layer in self.layers:
            states = layer(states, mask)
        return states


class Embedding(nn.Module):
    """A text's vector: the mean of its tokens' states, of length 1."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.body = Body(encoder)

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> Tensor:
        weights = attention_mask[:, :, None].to(word_vectors.dtype)
        mean = (self.body(word_vectors, attention_mask) * weights).sum(1) / weights.sum(1)
        return mean / mean.norm(dim=1, keepdim=True)


class Reading(nn.Module):
    """The scores of ``ReaderNetwork``."""

    def __init__(self, network: ReaderNetwork) -> None:
        super().__init__()
        self.body = Body(network.encoder)
        self.span, self.answerable = _plain(network.span), _plain(network.answerable)

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        states = self.body(word_vectors, attention_mask)
        start, end = self.span(states).unbind(-1)
        return start, end, self.answerable(states[:, 0]).squeeze(-1)


def write(graph: nn.Module, outputs: Sequence[str], borrowed: int, target: Path) -> None:
    """Write a graph whose lowest ``borrowed`` layers name the matrices of the packaged weights."""
    vectors, mask = torch.randn(2, 16, graph.body.places.shape[1]), torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with tempfile.TemporaryDirectory() as work:
        torch.onnx.export(
            graph.eval(),
            (vectors, mask),
            str(Path(work) / "full.onnx"),
            input_names=["word_vectors", "attention_mask"],
            output_names=list(outputs),
            dynamic_axes={
                name: axes if name in {"word_vectors", "attention_mask", "start", "end"} else {0: "batch"}
                for name in ("word_vectors", "attention_mask", *outputs)
            },
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(Path(work) / "full.onnx")
    ours = [n.name for n in model.graph.node if n.op_type == "MatMul" and "/layers." in n.name]
    lowest = [n for n in ours if int(n.split("/layers.")[1].split("/")[0]) < borrowed]
    heads = [n.name for n in model.graph.node if n.op_type == "MatMul" and n.name not in ours]
    for bits, others in ((4, [n for n in ours if n not in lowest]), (8, lowest)):
        quantizer = MatMulNBitsQuantizer(
            model,
            bits=bits,
            block_size=GROUP,
            is_symmetric=True,
            accuracy_level=IN_8_BITS,
            nodes_to_exclude=[*heads, *others],
        )
        quantizer.process()
        model = quantizer.model.model
    _lend(model)
    onnx.save(model, target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")


def _lend(model: onnx.ModelProto) -> None:
    """Take the matrices of 4 bits out of the graph, and name them as ``MultilingualEncoder.session`` does."""
    names = {}
    for tensor in model.graph.initializer:
        if tensor.name.endswith(".weight_Q4"):
            root = tensor.name.removesuffix("_Q4")
            _, _, layer, matrix, _ = root.split(".")
            names |= {f"{root}_Q4": f"l{layer}.{matrix}.integers", f"{root}_scales": f"l{layer}.{matrix}.scales"}
    for place, tensor in enumerate(model.graph.initializer):
        if tensor.name not in names:
            continue
        stub = onnx.TensorProto(name=names[tensor.name], data_type=tensor.data_type, dims=tensor.dims)
        stub.data_location = onnx.TensorProto.EXTERNAL
        stub.external_data.add(key="location", value="e5-small-q4.bin")
        model.graph.initializer[place].CopyFrom(stub)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]


def main() -> None:
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True, help="folder that qa.training.languages.base wrote")
    parser.add_argument("--checkpoint", type=Path, help="of the reader; without it only the embedder is written")
    parser.add_argument("--untrained", type=int, default=4, help="lowest layers that training left as they were")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    base = ReaderNetwork.from_folder(arguments.base).eval()
    layers = len(base.encoder.encoder.layer)
    write(Embedding(base.encoder), ["vectors"], layers, arguments.out / "multilingual.onnx")
    if arguments.checkpoint:
        network = ReaderNetwork.from_folder(arguments.base, arguments.checkpoint).eval()
        target = arguments.out / "multilingual_reader.onnx"
        write(Reading(network), ["start", "end", "answerable"], arguments.untrained, target)


if __name__ == "__main__":
    main()
