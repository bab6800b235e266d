"""The reader's network: a BERT encoder with a span head and an answerability head."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn
from transformers import BertModel

DROPOUT = 0.05  # rows of SQuAD 2.0 come back four times an epoch


class ReaderNetwork(nn.Module):
    """Score spans of a passage as answers to a question, and whether there is one at all.

    The span head follows BERT for SQuAD 2.0 (Devlin et al., 2019): the first token stands for "no answer".
    The second head on the same token is the verifier of Retro-Reader (Zhang et al., 2021), trained jointly.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        hidden = encoder.config.hidden_size
        self.span = nn.Linear(hidden, 2)
        self.answerable = nn.Linear(hidden, 1)
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)

    @classmethod
    def from_folder(cls, folder: Path) -> ReaderNetwork:
        """Start from the embedder's weights in ``folder``."""
        return cls(
            BertModel.from_pretrained(
                folder,
                add_pooling_layer=False,
                attn_implementation="sdpa",
                hidden_dropout_prob=DROPOUT,
                attention_probs_dropout_prob=0.0,
            )
        )

    def forward(
        self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Map int64 tensors of shape (batch, tokens) to start, end (batch, tokens) and answerable (batch,) logits.

        Start and end logits outside the passage, other than on the first token, are the caller's to mask.
        """
        states = self.encoder(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        ).last_hidden_state
        start, end = self.span(states).float().unbind(-1)
        return start, end, self.answerable(states[:, 0]).float().squeeze(-1)
