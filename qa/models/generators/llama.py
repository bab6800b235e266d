"""The generator on this machine: a GGUF chat model in llama.cpp."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.errors import ModelError
from qa.models.files import bundled_file, resolve
from qa.models.generators.constraint import PatternConstraint
from qa.models.inspect import inspect_model
from qa.settings import BUNDLED
from qa.system.cache import ModelCache
from qa.system.hardware import cores
from qa.types import Message, Usage

if TYPE_CHECKING:
    from llama_cpp import Llama

_MAGIC = b"GGUF"
# Stands for a message's content while the chat template is rendered; no template has a reason to change it.
_SLOT = "QaContentSlot{}End"

_SPINS = "2000"  # about as long as the others need to come to the same point
_FASTER = "Q8_0"
_BATCH = 128  # tokens of a prompt at once: what they need stays in the processor's caches


class LlamaGeneration:
    """A text being written by llama.cpp."""

    def __init__(self, llama: Llama, prompt: list[int], *, max_tokens: int, pattern: str | None) -> None:
        self._llama, self._prompt, self._max_tokens, self._pattern = llama, prompt, max_tokens, pattern
        self.usage = Usage(prompt=len(prompt), reused=self._reused())

    def _reused(self) -> int:
        cached = self._llama.input_ids[: self._llama.n_tokens].tolist()
        same = next((i for i, (a, b) in enumerate(zip(cached, self._prompt, strict=False)) if a != b), None)
        return min(len(cached), len(self._prompt) - 1) if same is None else same

    def __iter__(self) -> Iterator[str]:
        from llama_cpp import LogitsProcessorList

        constraints = [PatternConstraint(self._pattern, self._llama, len(self._prompt))] if self._pattern else []
        chunks = self._llama.create_completion(
            prompt=self._prompt,
            max_tokens=self._max_tokens,
            temperature=0.0,
            logits_processor=LogitsProcessorList(constraints),
            stream=True,
        )
        for written, chunk in enumerate(chunks, start=1):
            text = chunk["choices"][0]["text"]
            forced = max((c.forced for c in constraints), default=0.0)
            self.usage = Usage(self.usage.prompt, self.usage.reused, written, forced)
            if text:
                yield text


class LlamaGenerator:
    """A GGUF chat model on this machine's processor, with the chat template that it carries.

    Raises:
        ModelError: the file is missing, is not a GGUF file, or cannot be loaded.
    """

    def __init__(
        self,
        path: str = BUNDLED,
        *,
        threads: int = 0,
        gpu_layers: int = -1,
        context_tokens: int = 1024,
        cache: ModelCache | None = None,
    ) -> None:
        model_path = Path(resolve(path)).expanduser()
        if not model_path.is_file():
            raise ModelError(
                f"{model_path}: no such model file; give --model a GGUF file, a name that `qa models` lists, or bundled"
            )
        try:
            with model_path.open("rb") as file:
                magic = file.read(len(_MAGIC))
        except OSError as error:
            raise ModelError(f"{model_path}: cannot be read: {error.strerror}") from error
        if magic != _MAGIC:
            raise ModelError(f"{model_path}: not a GGUF file; give --model a file that ends in .gguf")
        self.name = model_path.stem
        self.context_tokens = context_tokens
        self._path = model_path
        self.is_bundled = model_path == bundled_file()
        self._threads, self._gpu_layers = threads or cores(), gpu_layers
        self._cache = cache
        self._lock = threading.Lock()
        self._loaded: Llama | None = None
        self._adapters: dict[Path, Any] = {}
        self._adapter: Path | None = None
        # OpenMP reads it when llama.cpp is loaded. Its threads wait by spinning, and where other programs want the
        # processors too, each waits for threads that do not run (docs/performance.md).
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)

    def load(self) -> None:
        """Load the model now instead of at the first question; may run beside other work, in a thread of its own."""
        _ = self._llama

    @property
    def _llama(self) -> Llama:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._open()
            return self._loaded

    def _open(self) -> Llama:
        import llama_cpp

        _silence(llama_cpp)
        # The bundled weights come in a format that llama.cpp multiplies slowly; the same weights in 8 bits read a
        # prompt twice as fast. What a user chose is used as it is.
        faster = self._cache.model(self._path, _FASTER, _in_8_bits) if self._cache and self.is_bundled else None
        if faster:
            with contextlib.suppress(ModelError):
                return self._open_file(faster)
            faster.unlink(missing_ok=True)
        if self._cache and not self.is_bundled:
            inspect_model(self._path, self._cache, context_tokens=self.context_tokens)
        return self._open_file(self._path)

    def _open_file(self, path: Path) -> Llama:
        import llama_cpp

        try:
            return llama_cpp.Llama(
                str(path),
                n_ctx=self.context_tokens,
                n_batch=_BATCH,
                n_ubatch=_BATCH,
                n_gpu_layers=self._gpu_layers if llama_cpp.llama_supports_gpu_offload() else 0,
                n_threads=self._threads,
                n_threads_batch=self._threads,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise ModelError(f"{path}: llama.cpp cannot load it: {error}") from error

    def _adapt(self, adapter: Path | None) -> None:
        """Put an adapter on, or take it off; what was evaluated without it is worth nothing then."""
        import llama_cpp

        if adapter == self._adapter:
            return
        llama = self._llama
        if adapter and adapter not in self._adapters:
            loaded = llama_cpp.llama_adapter_lora_init(llama.model, os.fsencode(adapter))
            if not loaded:
                raise ModelError(f"{adapter}: llama.cpp cannot load it; in a checkout, run `git checkout` for it")
            self._adapters[adapter] = loaded
        chosen = [self._adapters[adapter]] if adapter else []
        pointers = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(*chosen)
        llama_cpp.llama_set_adapters_lora(llama.ctx, pointers, len(chosen), (ctypes.c_float * 1)(1.0))
        llama.reset()
        self._adapter = adapter

    def _tokens(self, messages: Sequence[Message]) -> tuple[list[int], int]:
        # The template's own text is parsed for special tokens, the messages never are: an article that holds
        # "<|im_end|>" stays text. So the template is rendered around slots, and each part tokenised by itself.
        rendered = self._template(len(messages), tuple(m.role for m in messages))
        tokens: list[int] = []
        tokenize = self._llama.tokenize
        fixed = 0
        for number, message in enumerate(messages):
            before, _, rendered = rendered.partition(_SLOT.format(number))
            tokens += tokenize(before.encode(), add_bos=False, special=True)
            fixed = len(tokens)
            tokens += tokenize(message.content.encode(), add_bos=False, special=False)
        tokens += tokenize(rendered.encode(), add_bos=False, special=True)
        return tokens, fixed

    def _begin(self, fixed: list[int]) -> None:
        """Evaluate the part of the prompt that every question shares, or restore its state from the cache."""
        import llama_cpp

        llama = self._llama
        if self._cache is None or not fixed or llama.input_ids[: llama.n_tokens][: len(fixed)].tolist() == fixed:
            return
        llama.reset()
        key = f"{llama_cpp.__version__} {llama.model_path} {Path(llama.model_path).stat().st_size} {fixed}"
        if self._adapter:
            key = f"{key} {self._adapter} {self._adapter.stat().st_size} {self._adapter.stat().st_mtime_ns}"
        state = self._cache.blob(key)
        if state is not None:
            buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
            if llama_cpp.llama_state_seq_set_data(llama.ctx, buffer, len(state), 0):
                llama.input_ids[: len(fixed)] = fixed
                llama.n_tokens = len(fixed)
                return
            llama.reset()
        llama.eval(fixed)
        size = llama_cpp.llama_state_seq_get_size(llama.ctx, 0)
        buffer = (ctypes.c_uint8 * size)()
        if llama_cpp.llama_state_seq_get_data(llama.ctx, buffer, size, 0):
            self._cache.keep_blob(key, bytes(buffer))

    def _template(self, count: int, roles: tuple[str, ...]) -> str:
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        llama = self._llama
        source = llama.metadata.get("tokenizer.chat_template")
        if source is None:
            raise ModelError(f"{self._path}: has no chat template; give --model an instruction-tuned GGUF")
        slots: list[Any] = [{"role": role, "content": _SLOT.format(n)} for n, role in enumerate(roles)]
        formatter = Jinja2ChatFormatter(
            template=source, bos_token=self._special(llama.token_bos()), eos_token=self._special(llama.token_eos())
        )
        try:
            rendered: str = formatter(messages=slots).prompt
        except Exception as error:  # a template is a program of the model's author and can raise anything
            raise ModelError(f"{self._path}: its chat template fails: {error}") from error
        if any(_SLOT.format(n) not in rendered for n in range(count)):
            raise ModelError(f"{self._path}: its chat template drops a message; give --model another GGUF file")
        return rendered

    def _special(self, token: int) -> str:
        return "" if token < 0 else self._llama.detokenize([token], special=True).decode(errors="ignore")

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of the whole prompt, the chat template's included."""
        return len(self._tokens(messages)[0])

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        pattern: str | None = None,
        adapter: Path | None = None,
    ) -> LlamaGeneration:
        """Write greedily; ``pattern`` is a regular expression that the whole text matches.

        ``adapter`` is a GGUF file that tunes the model for this text alone.

        Raises:
            ModelError: the adapter cannot be loaded.
        """
        self._adapt(adapter)
        tokens, fixed = self._tokens(messages)
        self._begin(tokens[:fixed])
        return LlamaGeneration(self._llama, tokens, max_tokens=max_tokens, pattern=pattern)


def _in_8_bits(source: Path, target: Path) -> bool:
    import llama_cpp

    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    parameters.allow_requantize = True
    status = llama_cpp.llama_model_quantize(os.fsencode(source), os.fsencode(target), ctypes.byref(parameters))
    return bool(status == 0 and target.is_file())


def _silence(llama_cpp: Any) -> None:
    # llama.cpp writes to the process's standard error by itself; a callback that does nothing is its own off switch.
    llama_cpp.llama_log_set(_no_log(llama_cpp), None)
    # While it loads a model quietly, llama-cpp-python sends the output of the whole process to nowhere, that of other
    # threads too: an answer that is printed meanwhile would be lost. The callback leaves it nothing to hide.
    for module in (llama_cpp.llama, llama_cpp._internals):
        module.suppress_stdout_stderr = _undisturbed


@contextlib.contextmanager
def _undisturbed(*, disable: bool = True) -> Iterator[None]:
    del disable
    yield


@cache
def _no_log(llama_cpp: Any) -> Any:
    # Cached for good: ctypes frees a callback that nothing refers to, and llama.cpp would then call into nowhere.
    return llama_cpp.llama_log_callback(lambda _level, _text, _data: None)
