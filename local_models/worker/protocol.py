"""What host and worker say to each other, as frames of msgpack over a socket pair of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

LARGEST_FRAME = 64 * 1024 * 1024
_HEADER = 4

Cache = Literal["q8_0", "f16"]
"""How the keys and values of a context are kept; not every model allows the smaller one."""
Role = Literal["system", "user", "assistant", "tool"]


class Asked(msgspec.Struct, frozen=True, tag_field="t"):
    """What the host says; `id` is of its choosing and comes back with each answer."""

    id: int


class Load(Asked, frozen=True, tag="load"):
    """Comes first and once: the model that this process is for."""

    path: str
    digest: str = ""
    """The SHA-256 of the file, as the registry knows it; without one no states are kept."""
    context: int = 4096
    """In tokens, rounded up to 256; 0 for what the model was trained for."""
    threads: int = 1
    cache: Cache = "q8_0"
    embedding: bool = False
    together: int = 0
    """Short texts are embedded together up to so many tokens; 0 for each on its own."""
    states: str = ""
    """The folder for states of sequences; empty for none."""
    states_bytes: int = 2 << 30
    rack_bytes: int = 512 << 20
    """How much memory may hold sequences that had to give way."""


class Message(msgspec.Struct, frozen=True):
    """One turn of a conversation."""

    role: Role
    content: str


class Chat(msgspec.Struct, frozen=True, tag="chat"):
    """Turns, put together by the model's own template."""

    messages: tuple[Message, ...]
    answer: bool = True
    """Whether an answer of the model is to follow."""


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Plain text; what looks like a special token in it is text too."""

    text: str


class Tokens(msgspec.Struct, frozen=True, tag="tokens"):
    """Token ids, taken as they are."""

    tokens: tuple[int, ...]


Prompt = Chat | Text | Tokens


class Sampling(msgspec.Struct, frozen=True):
    """How a token is chosen; a temperature of 0 takes the likeliest."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last: int = 64
    seed: int = 0


class Generate(Asked, frozen=True, tag="generate"):
    """Go on from a prompt; answered by progress, pieces, and `Ended` or `Failure`."""

    prompt: Prompt
    most: int = 1024
    """The hard cap on tokens."""
    stop: tuple[str, ...] = ()
    sampling: Sampling = Sampling()
    grammar: str = ""
    """GBNF, whose rule `root` the answer must follow."""
    schema: str = ""
    """The JSON schema that the grammar was made of, for servers that know only those."""


class Cancel(Asked, frozen=True, tag="cancel"):
    """End the generation `id` as soon as can be; it answers with `Ended`."""


class Pause(Asked, frozen=True, tag="pause"):
    """Lay the generation `id` aside at the next token; others go ahead of it."""


class Resume(Asked, frozen=True, tag="resume"):
    """Go on with a generation that was paused."""


class Tokenize(Asked, frozen=True, tag="tokenize"):
    prompt: Prompt


class Count(Asked, frozen=True, tag="count"):
    """How many tokens each text has."""

    texts: tuple[str, ...]


class Render(Asked, frozen=True, tag="render"):
    """Turns as the model's template writes them."""

    chat: Chat


class Embed(Asked, frozen=True, tag="embed"):
    """Vectors of texts that are token ids already."""

    texts: tuple[tuple[int, ...], ...]


class Save(Asked, frozen=True, tag="save"):
    """Keep the sequence in memory as a file, for after a restart."""


class Restore(Asked, frozen=True, tag="restore"):
    """Make ready the longest kept beginning of a prompt."""

    prompt: Prompt


class Stats(Asked, frozen=True, tag="stats"):
    pass


class Ping(Asked, frozen=True, tag="ping"):
    """Answered at once, also while the model computes."""


Request = (
    Load
    | Generate
    | Cancel
    | Pause
    | Resume
    | Tokenize
    | Count
    | Render
    | Embed
    | Save
    | Restore
    | Stats
    | Ping
)


class Answer(msgspec.Struct, frozen=True, tag_field="t"):
    """What the worker says about the request `id`."""

    id: int


class Loaded(Answer, frozen=True, tag="loaded"):
    """The model as it stands in memory."""

    description: str
    architecture: str
    context: int
    trained_context: int
    vocabulary: int
    dimensions: int
    parameters: int
    bytes: int
    cache: Cache
    flash_attention: bool
    template: bool
    """Whether it says how turns are put together."""
    threads: int
    llama: str


class Progress(Answer, frozen=True, tag="progress"):
    """How much of a prompt has been read; what was remembered counts as read."""

    read: int
    total: int
    reused: int


class Piece(Answer, frozen=True, tag="piece"):
    """More text. One token may bring none, and what follows it more than its own."""

    text: str
    tokens: int
    """All tokens so far."""


Reason = Literal["end", "stop", "most", "cancelled"]


class Ended(Answer, frozen=True, tag="ended"):
    """A generation is over: the model ended it, a stop sequence, the cap, or a person."""

    reason: Reason
    text: str
    """What was not told by a piece yet."""
    prompt_tokens: int
    reused_tokens: int
    tokens: int
    prompt_seconds: float
    seconds: float
    prompt_digest: str
    """SHA-256 of the prompt's token ids, for the receipt."""
    seed: int
    unreadable: bool = False
    """Whether some bytes were no UTF-8 and are shown as U+FFFD."""


class Tokenized(Answer, frozen=True, tag="tokenized"):
    tokens: tuple[int, ...]


class Counted(Answer, frozen=True, tag="counted"):
    counts: tuple[int, ...]


class Rendered(Answer, frozen=True, tag="rendered"):
    text: str


class Embedded(Answer, frozen=True, tag="embedded"):
    """Vectors of length one, as 32-bit floats, little-endian."""

    vectors: tuple[bytes, ...]


class Saved(Answer, frozen=True, tag="saved"):
    tokens: int
    bytes: int


class Restored(Answer, frozen=True, tag="restored"):
    """How much of a prompt need not be read again."""

    tokens: int


class Counters(Answer, frozen=True, tag="stats"):
    """What the worker has done since it loaded."""

    requests: int
    prompt_tokens: int
    reused_tokens: int
    tokens: int
    paused: int
    racked: int
    racked_bytes: int
    resident_bytes: int
    cpu_seconds: float


class Pong(Answer, frozen=True, tag="pong"):
    pass


class Done(Answer, frozen=True, tag="done"):
    """It was done, and there is nothing else to say."""


Kind = Literal[
    "missing",
    "not-a-model",
    "memory",
    "no-llama",
    "replaced",
    "template",
    "too-long",
    "grammar",
    "unsuitable",
    "disk",
    "defect",
    "crashed",
    "killed",
    "illegal",
    "hung",
    "ended",
    "breaker",
    "output",
    "busy",
    "down",
    "slow",
    "denied",
    "limited",
    "garbled",
    "cut",
    "redirect",
    "failed",
]
"""What went wrong with a model, for code that must tell one from another."""


class Failure(Answer, frozen=True, tag="failure"):
    """It could not be done; the worker goes on."""

    kind: Kind
    sentence: str
    hint: str = ""


Reply = (
    Loaded
    | Progress
    | Piece
    | Ended
    | Tokenized
    | Counted
    | Rendered
    | Embedded
    | Saved
    | Restored
    | Counters
    | Pong
    | Done
    | Failure
)

_encoder = msgspec.msgpack.Encoder()
requests = msgspec.msgpack.Decoder(Request)
replies = msgspec.msgpack.Decoder(Reply)


NOT_OURS = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding raises for bytes that are no message."""


class Garbled(Exception):
    """The other end does not speak this protocol."""


def frame(message: Asked | Answer) -> bytes:
    """Return the bytes that carry `message`."""
    body = _encoder.encode(message)
    if len(body) > LARGEST_FRAME:
        raise Garbled(f"a message of {len(body):,} bytes is larger than {LARGEST_FRAME:,}")
    return len(body).to_bytes(_HEADER, "big") + body


class Frames:
    """Cuts bytes, arriving in any pieces, into the bodies of messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            size = int.from_bytes(self._buffer[:_HEADER], "big")
            if size > LARGEST_FRAME:
                raise Garbled(f"a message of {size:,} bytes is announced")
            if len(self._buffer) < _HEADER + size:
                return
            body = bytes(self._buffer[_HEADER : _HEADER + size])
            del self._buffer[: _HEADER + size]
            yield body
