"""The reader's network: a BERT or MPNet encoder with a span head and an answerability head."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel, MPNetModel, PreTrainedModel

DROPOUT = 0.05  # rows of SQuAD 2.0 come back four times an epoch


class ReaderNetwork(nn.Module):
    """Score spans of a passage as answers to a question, and whether there is one at all.

    The span head follows BERT for SQuAD 2.0 (Devlin et al., 2019): the first token stands for "no answer".
    The second head on the same token is the verifier of Retro-Reader (Zhang et al., 2021), trained jointly.
    """

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = encoder.config.hidden_size
        self.span = nn.Linear(hidden, 2)
        self.answerable = nn.Linear(hidden, 1)
        self.freeze(0)

    @classmethod
    def from_folder(cls, folder: Path, weights: Path | None = None) -> ReaderNetwork:
        """Start from the encoder in ``folder``, or with its shape from ``weights``: a state or a checkpoint."""
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
        shape = {"hidden_dropout_prob": DROPOUT, "attention_probs_dropout_prob": 0.0}
        if kind == "mpnet":
            encoder = MPNetModel.from_pretrained(folder, add_pooling_layer=False, **shape)
        elif kind == "bert":
            encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa", **shape)
        else:
            raise ValueError(f"{folder}: an encoder of kind {kind}; BERT and MPNet are known")
        network = cls(encoder.float())
        if weights is not None:
            state = torch.load(weights, weights_only=True, mmap=True)
            state = state.get("average") or state.get("network") or state
            network.load_state_dict({k: v for k, v in state.items() if not k.endswith("position_ids")})
        return network

    @property
    def typed(self) -> bool:
        """Whether the encoder tells question and passage apart by token types."""
        return isinstance(self.encoder, BertModel) and self.encoder.config.type_vocab_size > 1

    def freeze(self, layers: int) -> None:
        """Leave the embeddings as they are, and the lowest ``layers`` too; 0 leaves only the word vectors."""
        encoder = self.encoder
        for parameter in self.parameters():
            parameter.requires_grad_(True)
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        if isinstance(encoder, MPNetModel):  # shared by all layers, and slow to differentiate
            encoder.encoder.relative_attention_bias.weight.requires_grad_(False)
        if layers:
            for part in (encoder.embeddings, *encoder.encoder.layer[:layers]):
                part.requires_grad_(False)

    def forward(
        self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Map int64 tensors of shape (batch, tokens) to start, end (batch, tokens) and answerable (batch,) logits.

        Start and end logits outside the passage, other than on the first token, are the caller's to mask.
        """
        types = {"token_type_ids": token_type_ids} if self.typed else {}
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **types).last_hidden_state
        start, end = self.span(states).float().unbind(-1)
        return start, end, self.answerable(states[:, 0]).float().squeeze(-1)
