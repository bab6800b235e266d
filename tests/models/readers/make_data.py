"""Makes the tiny larger reader of ``data/``: ``python -m tests.models.readers.make_data``; needs the extra ``train``.

Its weights are random: 2 layers, 32 dimensions, a vocabulary of single words. ``expected.json`` holds what the network
gives in torch for the texts of the test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"
QUESTION = "who founded the bakery"
TEXTS = ("maria lopez founded the bakery in hilltown .", "it sells bread .", "the mayor left .")
WORDS = sorted({w for text in (QUESTION, *TEXTS) for w in text.split()})
_HIDDEN, _LONGEST = 32, 40


def tokenizer() -> Any:
    """Make a tokenizer of whole words, lower case, with the special tokens of BERT."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tiny = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tiny.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tiny


def rows() -> list[list[int]]:
    """Return question and each text as MPNet's ids: BERT's behind four tokens of its own."""
    asked, *texts = ([i + 4 for i in tokenizer().encode(t).ids] for t in (QUESTION, *TEXTS))
    return [[0, *asked, 2, 2, *text, 2] for text in texts]


def main() -> None:
    import numpy as np
    import torch
    from transformers import MPNetConfig, MPNetModel

    from qa.models.packed import PackedVectors
    from qa.training.export.large import export
    from qa.training.export.quantise import WORD_GROUP, packed_words
    from qa.training.model import ReaderNetwork

    torch.manual_seed(4)
    config = MPNetConfig(
        vocab_size=len(WORDS) + 8,
        hidden_size=_HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * _HIDDEN,
        max_position_embeddings=_LONGEST + 2,
        initializer_range=0.3,
    )
    network = ReaderNetwork(MPNetModel(config, add_pooling_layer=False)).eval()
    vectors = network.encoder.embeddings.word_embeddings.weight
    integers, scales = packed_words(vectors.detach().numpy())
    blob = np.concatenate([integers.reshape(-1), scales.reshape(-1).view(np.uint8)])
    # The recorded scores are those of the word vectors as they are stored: the matrices' rounding is what is left.
    stored = PackedVectors(blob, shape=tuple(vectors.shape), group=WORD_GROUP, integers=0, scales=integers.size)
    vectors.data = torch.from_numpy(stored(np.arange(config.vocab_size)))
    batches = []
    for row in rows():
        ids = torch.tensor([row])
        types, mask = torch.zeros_like(ids), torch.ones_like(ids)
        batches.append({"input_ids": ids, "token_type_ids": types, "attention_mask": mask})
    export(network, batches, DATA, longest=_LONGEST)
    with torch.no_grad():
        scores = [network(**batch) for batch in batches]
    expected = [
        {
            name: [round(v, 3) for v in s.flatten().tolist()]
            for name, s in zip(("start", "end", "answerable"), of, strict=True)
        }
        for of in scores
    ]
    (DATA / "expected.json").write_text(json.dumps(expected) + "\n")
    (DATA / "large.json").write_text(json.dumps({"bias": 0.0, "score": 1.0}) + "\n")


if __name__ == "__main__":
    main()
