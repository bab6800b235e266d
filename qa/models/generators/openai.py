"""A generator on an OpenAI-compatible server: vLLM, llama.cpp's server, Ollama."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa.errors import ModelError, UsageError, first_line
from qa.types import Message, Usage

if TYPE_CHECKING:
    from openai import OpenAI

SERVED = "openai:"
_KEY = "OPENAI_API_KEY"
_RETRIES = 2
_BYTES_A_TOKEN = 3  # a cautious guess: tokenizers differ, and the server's is not here
_FRAME_TOKENS = 8  # of the chat template, a message
_MAX_BYTES = 8_000_000  # bytes of one answer of a server, some hundred for each of its tokens
_LONGEST_TOKEN = 32  # characters; what is longer than a text of such tokens is no answer


class OpenAIGeneration:
    """A text being written by a server; it ends where it would no longer match the pattern."""

    def __init__(
        self,
        client: OpenAI,
        name: str,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        pattern: str | None,
        tokens: int,
    ) -> None:
        self._client, self._name, self._messages = client, name, messages
        self._max_tokens, self._pattern = max_tokens, pattern
        self.usage = Usage(prompt=tokens)

    def __iter__(self) -> Iterator[str]:
        import openai
        import regex

        matches = regex.compile(self._pattern, regex.DOTALL).fullmatch if self._pattern else None
        written, count = "", 0
        try:
            sent: Any = [{"role": m.role, "content": m.content} for m in self._messages]
            with self._client.chat.completions.create(
                model=self._name, messages=sent, max_tokens=self._max_tokens, temperature=0.0, stream=True
            ) as chunks:
                for chunk in chunks:
                    piece = (chunk.choices[0].delta.content if chunk.choices else None) or ""
                    count += bool(piece)
                    allowed = piece
                    while matches and allowed and not matches(written + allowed, partial=True):
                        allowed = allowed[:-1]
                    written += allowed
                    self.usage = Usage(prompt=self.usage.prompt, completion=count)
                    if allowed:
                        yield allowed
                    if allowed != piece or len(written) > self._max_tokens * _LONGEST_TOKEN:
                        return
        except openai.APIStatusError as error:
            raise ModelError(f"{self._where}: answers {error.status_code}{_message_of(error)}") from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelError(f"{self._where}: {first_line(error)}") from error

    @property
    def _where(self) -> str:
        return f"{self._name} at {self._client.base_url}"


def _message_of(error: Exception) -> str:
    # The body is the server's and can be anything; what it may hold of the request's headers is not repeated.
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return f": {message[:200]}" if isinstance(message, str) else ""


class OpenAIGenerator:
    """A chat model behind ``base_url``; the key is that of ``OPENAI_API_KEY``, if there is one.

    Raises:
        UsageError: there is no address, or none that is one, or it is another machine's and the network is not allowed.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        allow_network: bool = False,
        context_tokens: int = 1024,
        seconds: float = 60.0,
    ) -> None:
        try:
            address = urlsplit(base_url)
            _ = address.port
        except ValueError as error:
            raise UsageError(f"{base_url}: not an address: {error}") from error
        if not name or address.scheme not in {"http", "https"}:
            raise UsageError(
                f"{SERVED}{name}: name a model and its server: --model {SERVED}NAME --base-url http://localhost:8000/v1"
            )
        host = address.hostname or ""
        if not allow_network and not _is_loopback(host):
            raise UsageError(f"{base_url}: not on this machine; --allow-network permits sending passages there")
        self.name = f"{SERVED}{name}"
        self.context_tokens = context_tokens
        self._served, self._base_url, self._seconds = name, base_url, seconds

    @cached_property
    def _client(self) -> OpenAI:
        from openai import DefaultHttpxClient, OpenAI

        return OpenAI(
            base_url=self._base_url,
            api_key=os.environ.get(_KEY) or "none",
            timeout=self._seconds,
            max_retries=_RETRIES,
            http_client=DefaultHttpxClient(event_hooks={"response": [_limit_size]}),
        )

    def load(self) -> None:
        """Make the client; the server loads its model by itself."""
        _ = self._client

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Estimate the tokens of the whole prompt, rather too many than too few."""
        return sum(len(m.content.encode()) // _BYTES_A_TOKEN + _FRAME_TOKENS for m in messages)

    def generate(self, messages: Sequence[Message], *, max_tokens: int, pattern: str | None = None) -> OpenAIGeneration:
        """Let the server write greedily; the text ends where it would no longer match ``pattern``."""
        return OpenAIGeneration(
            self._client,
            self._served,
            messages,
            max_tokens=max_tokens,
            pattern=pattern,
            tokens=self.count_tokens(messages),
        )


def _limit_size(response: Any) -> None:
    # A line of an event stream is kept whole until it ends, and a server need never end it.
    unbounded = response.iter_bytes

    def bounded(*arguments: Any) -> Iterator[bytes]:
        received = 0
        for block in unbounded(*arguments):
            received += len(block)
            if received > _MAX_BYTES:
                raise ValueError(f"the answer is larger than {_MAX_BYTES // 1_000_000} MB")
            yield block

    response.iter_bytes = bounded


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
