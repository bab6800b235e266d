"""The adapter to a file of llama.cpp: ``python -m qa.training.writer.export FOLDER qa/models/weights/writer.gguf``."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

# Queries and keys are not among them: llama.cpp keeps their rows in another order.
NAMES = {
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}
_TENSOR = re.compile(r"layers\.(\d+)\.\w+\.(\w+)\.lora_([AB])\.weight$")


def export(folder: Path, file: Path) -> None:
    """Write the adapter that ``qa.training.writer.tune`` left in ``folder``, in half precision.

    Raises:
        ValueError: a tensor has a name that is not an adapter's.
    """
    writer = gguf.GGUFWriter(file, arch="llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    settings = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(settings["lora_alpha"]))
    for name, tensor in sorted(load_file(folder / "adapter_model.safetensors").items()):
        match = _TENSOR.search(name)
        if match is None or match[2] not in NAMES:
            raise ValueError(f"{name}: not a tensor of the adapter")
        writer.add_tensor(f"blk.{match[1]}.{NAMES[match[2]]}.weight.lora_{match[3].lower()}", tensor.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    export(arguments.folder, arguments.file)
    print(f"{arguments.file}: {arguments.file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
