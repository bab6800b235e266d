"""The larger reader's checkpoint to files: ``python -m qa.training.export.large --checkpoint FILE --base DIR ...``.

The matrices become integers of 7 bits with a scale for each column, and the word vectors integers of 4 bits with a scale
for each group of values (``qa.training.export.quantise``); ``qa.models.packed`` packs them.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

from qa.models.packed import pack_7
from qa.training.data import load
from qa.training.encoding import Encoded, Layout, tensors
from qa.training.export.quantise import WORD_GROUP, ScaledLinear, by_channel, packed_words, samples_of
from qa.training.export.small import OPSET
from qa.training.model import ReaderNetwork
from qa.training.sentences import Sentences, held_back

LONGEST = 288  # tokens that the graph has places for
_CALIBRATION = 32  # examples to quantise on


class Graph(nn.Module):
    """The network from word vectors on, in operations that an exported graph keeps few and plain.

    ``samples`` are the inputs of its matrices to quantise them on, as ``samples_of`` collects them.
    """

    def __init__(
        self, network: ReaderNetwork, samples: dict[str, Tensor] | None = None, *, longest: int = LONGEST
    ) -> None:
        super().__init__()
        self.longest = longest
        encoder = network.encoder
        embeddings = encoder.embeddings
        places = torch.arange(longest) + embeddings.padding_idx + 1
        self.places = nn.Parameter(embeddings.position_embeddings.weight[places].clone())
        self.norm = embeddings.LayerNorm
        distance = torch.arange(-longest + 1, longest)
        buckets = MPNetEncoder.relative_position_bucket(distance, encoder.config.relative_attention_num_buckets)
        self.bias = nn.Parameter(encoder.encoder.relative_attention_bias.weight[buckets].clone())
        self.heads = encoder.config.num_attention_heads
        self.layers = nn.ModuleList()
        for number, layer in enumerate(encoder.encoder.layer):
            attention = layer.attention.attn
            shipped = nn.Module()
            parts = (attention.q, attention.k, attention.v)
            weight, bias = torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])
            size = weight.shape[1]
            root = (size // self.heads) ** -0.5
            weight, bias = weight.clone(), bias.clone()
            weight[:size] *= root
            bias[:size] *= root
            of = (lambda name, n=number: samples[f"{n}.{name}"]) if samples else (lambda name: None)
            shipped.qkv = ScaledLinear(weight, bias, of("qkv"))
            shipped.o = ScaledLinear(attention.o.weight, attention.o.bias, of("o"))
            shipped.up = ScaledLinear(layer.intermediate.dense.weight, layer.intermediate.dense.bias, of("up"))
            shipped.down = ScaledLinear(layer.output.dense.weight, layer.output.dense.bias, of("down"))
            shipped.norm_1, shipped.norm_2 = layer.attention.LayerNorm, layer.output.LayerNorm
            self.layers.append(shipped)
        self.span, self.answerable = network.span, network.answerable

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map word vectors (batch, tokens, hidden) and a mask (batch, tokens) to the scores of ``ReaderNetwork``."""
        batch, tokens, hidden = word_vectors.shape
        states = self.norm(word_vectors + self.places[:tokens])
        at = torch.arange(tokens)
        bias = self.bias[at[None, :] - at[:, None] + self.longest - 1].permute(2, 0, 1)[None]
        bias = bias + (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * -1e4
        for layer in self.layers:
            mixed = layer.qkv(states).view(batch, tokens, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
            weights = torch.softmax(mixed[0] @ mixed[1].transpose(-1, -2) + bias, dim=-1)
            attended = layer.o((weights @ mixed[2]).transpose(1, 2).reshape(batch, tokens, hidden))
            states = layer.norm_1(attended + states)
            states = layer.norm_2(layer.down(nn.functional.gelu(layer.up(states))) + states)
        start, end = self.span(states).unbind(-1)
        return start, end, self.answerable(states[:, 0]).squeeze(-1)


def calibration_batches(folder: Path, tokenizer: Tokenizer, count: int = _CALIBRATION) -> list[dict[str, Tensor]]:
    """Draw passages and sentences of the pool to quantise the matrices on."""
    rng, layout = random.Random(11), Layout.of(tokenizer)
    passages = [
        e for e in load(folder) if not held_back(e.context) and e.source in {"squad2", "squadshifts", "nq_oracle"}
    ]
    groups = Sentences(folder).draw(rng, {"squad2": 0.1, "nq_oracle": 0.05, "squadshifts": 0.01})
    examples = rng.sample(passages, count // 2) + [e for g in groups[:count] for e in g][: count // 2]
    encoded = sorted((Encoded(tokenizer, layout, e, rng, longest=LONGEST) for e in examples), key=lambda e: len(e.ids))
    return [tensors(encoded[at : at + 8], layout) for at in range(0, len(encoded), 8)]


def as_onnx(graph: Graph, target: Path) -> None:
    """Write the graph in fp32."""
    vectors, mask = torch.randn(2, 16, graph.places.shape[1]), torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        graph.eval(),
        (vectors, mask),
        str(target),
        input_names=["word_vectors", "attention_mask"],
        output_names=["start", "end", "answerable"],
        dynamic_axes={
            **dict.fromkeys(["word_vectors", "attention_mask", "start", "end"], axes),
            "answerable": {0: "batch"},
        },
        opset_version=OPSET,
        dynamo=False,
    )


def ship(model: onnx.ModelProto, table: np.ndarray, folder: Path) -> None:
    """Write ``large.onnx`` without its matrices, and these and the word vectors, packed, into ``large.bin``.

    ``large.index.json`` has the offset and the shape of each. ``table`` has shape (words, hidden).
    """
    folder.mkdir(parents=True, exist_ok=True)
    matrices, blob, initializers = {}, io.BytesIO(), []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.INT8 or len(tensor.dims) != 2:
            initializers.append(tensor)
            continue
        # The quantizer uses 129 steps: a column's largest value may be one step more than 7 bits hold.
        values = (numpy_helper.to_array(tensor).astype(np.int16).clip(-64, 63) + 64).astype(np.uint8)
        matrices[tensor.name] = {"offset": blob.tell(), "shape": list(tensor.dims)}
        blob.write(pack_7(values).tobytes())
        outside = onnx.TensorProto(name=tensor.name, data_type=tensor.data_type, dims=tensor.dims)
        outside.data_location = onnx.TensorProto.EXTERNAL
        outside.external_data.add(key="location", value="large.bin")
        initializers.append(outside)
    del model.graph.initializer[:]
    model.graph.initializer.extend(initializers)
    integers, scales = packed_words(table)
    words = {"group": WORD_GROUP, "shape": list(table.shape), "integers": blob.tell()}
    blob.write(integers.tobytes())
    words["scales"] = blob.tell()
    blob.write(scales.tobytes())
    (folder / "large.bin").write_bytes(blob.getvalue())
    (folder / "large.onnx").write_bytes(model.SerializeToString())
    (folder / "large.index.json").write_text(json.dumps({"matrices": matrices, "words": words}) + "\n")


def export(
    network: ReaderNetwork, batches: Sequence[dict[str, Tensor]], folder: Path, *, longest: int = LONGEST
) -> None:
    """Write the three files of the reader into ``folder``.

    ``batches`` are inputs to quantise the matrices on; ``longest`` is how many tokens the graph has places for.

    Raises:
        ValueError: the graph computes something else than the network.
    """
    _check(network, Graph(network, longest=longest).eval(), batches[0])
    with torch.no_grad():
        graph = Graph(network, samples_of(network, batches), longest=longest).eval()
    with tempfile.TemporaryDirectory() as work:
        as_onnx(graph, Path(work) / "full.onnx")
        by_channel(Path(work) / "full.onnx", Path(work) / "small.onnx")
        model = onnx.load(Path(work) / "small.onnx")
    ship(model, network.encoder.embeddings.word_embeddings.weight.detach().numpy(), folder)


def mean_of(networks: Sequence[ReaderNetwork]) -> ReaderNetwork:
    """Average the weights of networks that were trained on from one another (Wortsman et al., 2022), in the first."""
    states = [n.state_dict() for n in networks]
    mean = {k: sum(s[k] for s in states) / len(states) if v.is_floating_point() else v for k, v in states[0].items()}
    networks[0].load_state_dict(mean)
    return networks[0]


def _check(network: ReaderNetwork, graph: Graph, batch: dict[str, Tensor]) -> None:
    ids, types, mask = batch["input_ids"], batch["token_type_ids"], batch["attention_mask"]
    with torch.no_grad():
        expected = network(ids, types, mask)
        computed = graph(network.encoder.embeddings.word_embeddings(ids), mask)
    for ours, theirs in zip(computed, expected, strict=True):
        real = mask.bool() if ours.dim() == 2 else torch.ones_like(ours, dtype=torch.bool)
        if not torch.allclose(ours[real], theirs[real], atol=2e-3):
            raise ValueError(f"the graph differs from the network by {(ours[real] - theirs[real]).abs().max():.4f}")


def main() -> None:
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, nargs="+", help="of several, the mean of the weights")
    parser.add_argument("--base", type=Path, required=True, help="folder with the encoder")
    parser.add_argument("--data", type=Path, required=True, help="folder with the training pool")
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    arguments = parser.parse_args()
    network = mean_of([ReaderNetwork.from_folder(arguments.base, c) for c in arguments.checkpoint]).eval()
    tokenizer = Tokenizer.from_file(str(arguments.base / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    export(network, calibration_batches(arguments.data, tokenizer), arguments.out)
    for file in sorted(arguments.out.glob("large.*")):
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
