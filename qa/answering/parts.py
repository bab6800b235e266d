"""The models and prompts that an assistant works with, made from the settings."""

from __future__ import annotations

from qa.models.select import Parts, load_parts, with_model

__all__ = ["Parts", "load_parts", "with_model"]
