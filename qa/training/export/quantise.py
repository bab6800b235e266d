"""Fewer bits for the larger reader: outliers, integers with a scale for each column, word vectors in 4 bits.

Outliers among the inputs of a matrix are moved into the matrix (after SmoothQuant, Xiao et al., 2023) and its own are
clipped, each as far as makes the products of a sample differ least.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from qa.models.packed import PackedVectors, pack_4
from qa.training.model import ReaderNetwork

WORD_GROUP = 32  # values of a word vector with one scale
_LARGEST = 7  # of an integer of 4 bits around 0
_SAMPLE = 384  # inputs of each matrix to fit its form on


class ScaledLinear(nn.Module):
    """A linear layer whose outlying inputs are scaled down by channel, and whose matrix takes that back.

    Args:
        weight: matrix of shape (outputs, inputs); ``bias`` has shape (outputs,).
        sample: inputs of shape (rows, inputs) to fit scaling and clipping on; None leaves the layer as it is.
    """

    def __init__(self, weight: Tensor, bias: Tensor, sample: Tensor | None) -> None:
        super().__init__()
        self.scale = None
        if sample is not None:
            scale, width = _fitted(weight, sample)
            if (scale > 1).any():
                self.scale = nn.Parameter(1 / scale)
                weight = weight * scale
            peak = weight.abs().amax(1, keepdim=True) * width
            weight = weight.clamp(-peak, peak)
        self.weight, self.bias = nn.Parameter(weight.t().contiguous()), nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        return (x if self.scale is None else x * self.scale) @ self.weight + self.bias


def _fitted(weight: Tensor, sample: Tensor) -> tuple[Tensor, float]:
    """Find the scaling of outliers and the clipping of columns that change the products of a sample least."""
    wanted = sample @ weight.t()
    peaks = sample.abs().amax(0)
    best: tuple[float, Tensor, float] | None = None
    for cap in (math.inf, 16.0, 8.0, 4.0, 2.0):
        scale = (peaks / (cap * peaks.median())).clamp(min=1.0)
        inputs = _in_8_bits(sample / scale)
        scaled = weight * scale
        for width in (1.0, 0.9, 0.8):
            step = scaled.abs().amax(1, keepdim=True) * width / 63
            rounded = (scaled / step).round().clamp(-64, 63) * step
            error = float(((inputs @ rounded.t() - wanted) ** 2).mean())
            if best is None or error < best[0]:
                best = (error, scale, width)
    assert best is not None
    return best[1], best[2]


def _in_8_bits(x: Tensor) -> Tensor:
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    step = (high - low) / 255
    zero = round(-low / step)
    return ((x / step).round() + zero).clamp(0, 255).sub(zero) * step


def samples_of(network: ReaderNetwork, batches: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Collect some of the inputs that each matrix gets, those with the largest values among them.

    Keys are "LAYER.MATRIX" as in ``Graph``; values have shape (rows, inputs).
    """
    seen: dict[str, list[Tensor]] = {}
    real: list[Tensor] = [torch.empty(0)]  # which inputs of the batch at hand are no padding
    hooks = []

    def watch(module: nn.Module, name: str) -> None:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            rows = inputs[0].detach().reshape(-1, inputs[0].shape[-1])[real[0]]
            few = max(1, _SAMPLE // len(batches))
            largest = rows.abs().amax(1).topk(min(len(rows), few // 4 + 1)).indices
            chosen = torch.cat([largest, torch.randperm(len(rows))[: few - few // 4]])
            seen.setdefault(name, []).append(rows[chosen].clone())

        hooks.append(module.register_forward_pre_hook(hook))

    for n, layer in enumerate(network.encoder.encoder.layer):
        watch(layer.attention.attn.q, f"{n}.qkv")
        watch(layer.attention.attn.o, f"{n}.o")
        watch(layer.intermediate.dense, f"{n}.up")
        watch(layer.output.dense, f"{n}.down")
    for batch in batches:
        real[0] = batch["attention_mask"].bool().reshape(-1)
        with torch.no_grad():
            network(batch["input_ids"], batch["token_type_ids"], batch["attention_mask"])
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(rows) for name, rows in seen.items()}


def by_channel(source: Path, target: Path) -> None:
    """Store the layers' matrices as integers with a scale for each column; inputs become integers as they come.

    ``reduce_range`` keeps the integers to 7 bits: the sums of two products in 16 bits, which is how processors without
    VNNI multiply, then cannot overflow. The heads are small and stay in fp32.
    """
    nodes = [n for n in onnx.load(source, load_external_data=False).graph.node if n.op_type in {"MatMul", "Gemm"}]
    heads = [n.name for n in nodes if n.name.startswith(("/span/", "/answerable/"))]
    quantize_dynamic(
        source,
        target,
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        op_types_to_quantize=["MatMul"],
        # The quantizer renames a Gemm, when it makes a MatMul of it.
        nodes_to_exclude=[*heads, *(f"{name}_MatMul" for name in heads)],
        extra_options={"MatMulConstBOnly": True},
    )


def packed_words(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantise word vectors, shape (words, size), to 4 bits: integers, and a scale (fp16) for each group of values.

    Of several widths for a group, the one with the smallest squared error is taken: clipping its largest value can pay.
    """
    rows = table.reshape(len(table), -1, WORD_GROUP)
    peak = np.abs(rows).max(-1, keepdims=True)
    integers, scales, error = np.zeros_like(rows), np.ones_like(peak), np.full_like(peak, np.inf)
    for share in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7):
        scale = (peak * share / _LARGEST).astype(np.float16).astype(np.float32)
        scale[scale == 0] = 1
        rounded = np.clip(np.rint(rows / scale), -_LARGEST - 1, _LARGEST)
        squares = ((rounded * scale - rows) ** 2).sum(-1, keepdims=True)
        better = squares < error
        integers, scales = np.where(better, rounded, integers), np.where(better, scale, scales)
        error = np.minimum(error, squares)
    unsigned = (integers + PackedVectors.ZERO).astype(np.uint8).reshape(len(table), -1)
    return pack_4(unsigned), scales[..., 0].astype("<f2")
