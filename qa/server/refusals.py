"""Why a request gets no answer, as an exception with an HTTP status, and as the JSON that says it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from qa.errors import QAError, SourceError, UsageError
from qa.records.lines import BadLine
from qa.text.display import one_line

log = logging.getLogger(__name__)

OPENAI_PATHS = "/v1/"  # errors have another shape there
SERVER_ERROR = 500
_STATUSES = {UsageError: 400, SourceError: 409}
_NONE: Mapping[str, str] = MappingProxyType({})
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}


class Detail(msgspec.Struct, frozen=True):
    """What OpenAI's API says of a refusal: ``param`` is the key that is wrong, ``code`` a name of the reason."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(msgspec.Struct, frozen=True):
    """A refusal as OpenAI's API writes it."""

    error: Detail


class RefusedError(Exception):
    """A request that is refused; ``status`` is HTTP's, the text one line with the way out.

    ``parameter`` and ``code`` are what ``Detail`` says besides; ``reason`` is what it is counted as, one word.
    """

    def __init__(
        self,
        status: int,
        text: str,
        *,
        headers: Mapping[str, str] = _NONE,
        parameter: str | None = None,
        code: str | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers
        self.parameter = parameter
        self.reason = reason
        self.code = code or _CODES.get(status)

    @classmethod
    def busy(cls, text: str, seconds: float) -> RefusedError:
        """Refuse for now: the client may come again after ``seconds``."""
        return cls(429, text, headers={"Retry-After": str(max(1, round(seconds)))}, reason="busy")


def refusal_of(error: Exception) -> RefusedError:
    """Say with a status what went wrong; of an error of ours the log says more."""
    if isinstance(error, RefusedError):
        return error
    if isinstance(error, QAError):
        status = next((s for kind, s in _STATUSES.items() if isinstance(error, kind)), SERVER_ERROR)
        return RefusedError(status, str(error))
    log.error("an error of the server's own", exc_info=error)
    return RefusedError(SERVER_ERROR, "an error of the server's own; its log says more")


def body_of(refusal: RefusedError, path: str) -> bytes:
    """Write the JSON of a refusal: ``qa.error/1``, or the shape of OpenAI's API below its path."""
    text = one_line(str(refusal))
    if path.startswith(OPENAI_PATHS):
        kind = _TYPES.get(refusal.status, "api_error")
        return msgspec.json.encode(OpenAIError(Detail(text, kind, refusal.parameter, refusal.code)))
    return msgspec.json.encode(BadLine(None, text))
