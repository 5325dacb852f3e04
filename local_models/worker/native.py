"""A model and its context as llama.cpp has them, typed and with nothing left to forget."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as api

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Cache, Loaded

STEP = 256
"""llama.cpp rounds contexts up to this, and silently, so that ours are rounded before."""
BATCH = 128
"""As fast as more on a processor, and what a pause in a prompt has to read again is less."""
_CACHES: dict[Cache, int] = {"q8_0": api.GGML_TYPE_Q8_0, "f16": api.GGML_TYPE_F16}
_ABORTED, _NO_ROOM = 2, 1


class Bell:
    """Ends a computation early: native code looks at a byte, with no need of the interpreter.

    The callback is C's `strlen`: of a string that is empty it says 0, of one that is not, 1.
    """

    def __init__(self) -> None:
        self._byte = ctypes.create_string_buffer(2)
        self._callback = ctypes.cast(ctypes.CDLL(None).strlen, api.ggml_abort_callback)

    @property
    def rung(self) -> bool:
        return bool(self._byte[0] != b"\x00")

    def ring(self) -> None:
        self._byte[0] = b"\x01"

    def silence(self) -> None:
        self._byte[0] = b"\x00"

    def hang_on(self, context: Any) -> None:  # noqa: ANN401 - a pointer of ctypes
        where = ctypes.cast(self._byte, ctypes.c_void_p)
        api.llama_set_abort_callback(context, self._callback, where)


@dataclass(frozen=True)
class Identity:
    """Which file lies at a path."""

    device: int
    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: str) -> Identity:
        found = os.stat(path)  # noqa: PTH116 - it comes as text, and for each request
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass
class Model:
    """A loaded model with one context in which one sequence lives at a time."""

    path: str
    identity: Identity
    model: Any
    vocabulary: Any
    context: Any
    memory: Any
    loaded: Loaded
    bell: Bell
    embedding: bool
    """Whether it was loaded for vectors instead of text."""
    together: int = 0
    """Up to so many tokens, texts are embedded together."""

    @cached_property
    def size(self) -> int:
        """How many tokens there are to choose from."""
        return self.loaded.vocabulary

    @property
    def room(self) -> int:
        return self.loaded.context

    def check_file(self) -> None:
        """Refuse to go on with weights that are no longer those at the path."""
        try:
            same = Identity.of(self.path) == self.identity
        except OSError:
            same = False
        if not same:
            raise WorkerError(
                "replaced",
                f"The model file {self.path} was changed or replaced while it was loaded.",
                "Load it again; if it was not you, compare its sha256: `workbench models show`.",
            )

    def tokenize(self, text: str, *, special: bool = False, begin: bool = True) -> list[int]:
        """Return token ids; only with `special` can text name a special token."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        while True:
            found = (api.llama_token * room)()
            count = api.llama_tokenize(
                self.vocabulary, data, len(data), found, room, begin, special
            )
            if count >= 0:
                return found[:count]
            room = -count

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token; those of a special one are none."""
        room = 64
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = api.llama_token_to_piece(self.vocabulary, token, buffer, room, 0, False)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def ends(self, token: int) -> bool:
        return bool(api.llama_vocab_is_eog(self.vocabulary, token))

    @cached_property
    def special_texts(self) -> tuple[str, ...]:
        """How special tokens are written, longest first."""
        wanted = api.LLAMA_TOKEN_ATTR_CONTROL | api.LLAMA_TOKEN_ATTR_USER_DEFINED
        texts = {
            self.text(token)
            for token in range(self.size)
            if api.llama_vocab_get_attr(self.vocabulary, token) & wanted
        }
        return tuple(sorted(texts - {""}, key=lambda text: (-len(text), text)))

    def text(self, token: int) -> str:
        """Return how a token is written in the vocabulary."""
        if token < 0:
            return ""
        return str(api.llama_vocab_get_text(self.vocabulary, token), "utf-8", "replace")

    @property
    def begin_text(self) -> str:
        return self.text(api.llama_vocab_bos(self.vocabulary))

    @property
    def end_text(self) -> str:
        return self.text(api.llama_vocab_eos(self.vocabulary))

    @cached_property
    def template(self) -> str | None:
        """Return the template that the file carries."""
        found = api.llama_model_chat_template(self.model, None)
        return None if found is None else found.decode("utf-8", "replace")

    def decode(self, tokens: Sequence[int]) -> bool:
        """Put tokens behind the sequence; say whether it was not cut short by the bell."""
        array = (api.llama_token * len(tokens))(*tokens)
        status = api.llama_decode(self.context, api.llama_batch_get_one(array, len(tokens)))
        if status not in (0, _ABORTED):
            raise WorkerError("defect", *_undecoded(status))
        return bool(status == 0)

    def decode_texts(self, texts: Sequence[Sequence[int]]) -> bool:
        """Read several texts at once, each a sequence of its own; say whether all were read."""
        batch = api.llama_batch_init(sum(map(len, texts)), 0, 1)
        try:
            _fill(batch, texts)
            status = api.llama_decode(self.context, batch)
        finally:
            api.llama_batch_free(batch)
        if status not in (0, _ABORTED):
            raise WorkerError("defect", *_undecoded(status))
        return bool(status == 0)

    @property
    def length(self) -> int:
        """How many tokens the sequence has in the context."""
        return int(api.llama_memory_seq_pos_max(self.memory, 0)) + 1

    def shorten(self, length: int) -> int:
        """Cut the sequence; return its length, which is 0 where the model cannot be cut."""
        if length and api.llama_memory_seq_rm(self.memory, 0, length, -1):
            return length
        self.clear()
        return 0

    def clear(self) -> None:
        """Forget the sequence; an encoder remembers none."""
        if self.memory:
            api.llama_memory_clear(self.memory, True)

    def logits(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Return how likely each token is to come next, as a view that the next step overwrites."""
        found = api.llama_get_logits_ith(self.context, -1)
        return np.ctypeslib.as_array(found, shape=(self.size,))

    def take_out(self) -> bytes:
        """Return the state of the sequence."""
        size = api.llama_state_seq_get_size(self.context, 0)
        buffer = (ctypes.c_uint8 * size)()
        return bytes(
            memoryview(buffer)[: api.llama_state_seq_get_data(self.context, buffer, size, 0)]
        )

    def put_in(self, state: bytes) -> bool:
        """Make `state` the sequence, or leave none."""
        self.clear()
        buffer = (ctypes.c_uint8 * len(state)).from_buffer_copy(state)
        if api.llama_state_seq_set_data(self.context, buffer, len(state), 0):
            return True
        self.clear()
        return False


def _fill(batch: Any, texts: Sequence[Sequence[int]]) -> None:  # noqa: ANN401 - of ctypes
    at = 0
    for number, text in enumerate(texts):
        for place, token in enumerate(text):
            batch.token[at], batch.pos[at] = token, place
            batch.n_seq_id[at], batch.seq_id[at][0] = 1, number
            batch.logits[at] = 1
            at += 1
    batch.n_tokens = at


def cache_type(cache: Cache) -> int:
    """Return the number that ggml has for a kind of cache."""
    return _CACHES[cache]


def _undecoded(status: int) -> tuple[str, str]:
    if status == _NO_ROOM:
        return "The context has no room for more tokens.", "Ask for less, or load a larger context."
    return f"llama.cpp could not compute (status {status}).", "The worker's log has the details."
