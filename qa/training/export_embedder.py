"""The embedder's network as a graph without weights: ``python -m qa.training.export_embedder --out FILE``.

The weights stay in the embedder's own file and are put in when the graph is opened (see ``qa.encoder``).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn
from transformers import BertModel

from qa.encoder import bundled_folder, is_transposed
from qa.training.export import OPSET, encode

_SMALL = 64  # values; constants of the graph itself are smaller than any weight


class _Embedding(nn.Module):
    # Mean pooling and normalisation as in the model's card; token types are all 0.
    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, word_vectors: Tensor, attention_mask: Tensor) -> Tensor:
        states = encode(self.encoder, word_vectors, torch.zeros_like(attention_mask), attention_mask)
        kept = attention_mask[:, :, None].to(states.dtype)
        return nn.functional.normalize((states * kept).sum(1) / kept.sum(1), dim=-1)


def without_weights(model: onnx.ModelProto, weights: dict[str, torch.Tensor]) -> None:
    """Replace every initializer that is one of ``weights`` by its name; raise SystemExit if a large one is not."""
    renamed = {}
    for initializer in model.graph.initializer:
        array = torch.from_numpy(numpy_helper.to_array(initializer).copy())
        if array.numel() < _SMALL:
            continue
        name = next((n for n, w in weights.items() if w.shape == array.shape and torch.equal(w, array)), None)
        if name is None:
            raise SystemExit(f"{initializer.name}: not one of the embedder's weights")
        renamed[initializer.name] = name
        initializer.name = name
        initializer.ClearField("raw_data")
        initializer.data_location = TensorProto.EXTERNAL
        initializer.external_data.add(key="location", value="model.safetensors")
    for node in model.graph.node:
        for at, name in enumerate(node.input):
            node.input[at] = renamed.get(name, name)


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
    model = onnx.load(arguments.out)
    without_weights(model, {n: w.T if is_transposed(n, w.dim()) else w for n, w in network.state_dict().items()})
    arguments.out.write_bytes(model.SerializeToString())
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
