"""Generating: a prompt is read in batches, then tokens come one by one; it can stop anywhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np

from local_models.worker.assembling import Assembler
from local_models.worker.native import BATCH, Model
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Answer, Ended, Generate, Piece, Progress, Reason
from local_models.worker.sampling import Chooser
from local_models.worker.sequence import Sequence as Held

Tell = Callable[[Answer], None]


class Generation:
    """One request under way. It holds no part of the context: what it needs is put there anew."""

    def __init__(
        self, model: Model, held: Held, asked: Generate, prompt: Sequence[int], tell: Tell
    ) -> None:
        check_room(model, len(prompt), asked.most)
        self.asked = asked
        self._model = model
        self._held = held
        self._tell = tell
        self._prompt = len(prompt)
        self._tokens = list(prompt)
        self._digest = sha256(np.array(prompt, "<i4").tobytes()).hexdigest()
        self._text = Assembler(asked.stop)
        self._chooser = Chooser(model, asked.sampling, asked.grammar)
        self._ready = False
        self._reused: int | None = None
        self._began = time.monotonic()
        self._read_at: float | None = None

    @property
    def id(self) -> int:
        return self.asked.id

    @property
    def made(self) -> int:
        """How many tokens there are behind the prompt."""
        return len(self._tokens) - self._prompt

    @property
    def prompt_tokens(self) -> int:
        return self._prompt

    @property
    def reused(self) -> int:
        return self._reused or 0

    def rest(self) -> None:
        """Expect that another has the context meanwhile."""
        self._ready = False

    def step(self) -> Ended | None:
        """Read a batch of the prompt or make a token; return how it ended, if it did."""
        if not self._ready:
            self._make_ready()
        missing = self._tokens[len(self._held.tokens) :]
        if missing:
            done = self._held.extend(missing[:BATCH])
            if done and len(missing) > 1:
                self._tell_progress()
            if not done or len(missing) > BATCH:
                return None
        return self._next()

    def end(self, reason: Reason) -> Ended:
        """Say how it ended and give back what it holds."""
        self.close()
        now = time.monotonic()
        read_at = self._read_at or now
        return Ended(
            self.id,
            reason=reason,
            text=self._text.finish(),
            prompt_tokens=self._prompt,
            reused_tokens=self.reused,
            tokens=self.made,
            prompt_seconds=read_at - self._began,
            seconds=now - read_at,
            prompt_digest=self._digest,
            seed=self.asked.sampling.seed,
            unreadable=self._text.unreadable,
        )

    def close(self) -> None:
        self._chooser.close()

    def _make_ready(self) -> None:
        reused = self._held.prepare(self._tokens)
        self._ready = True
        if self._reused is None:
            self._reused = reused
            self._tell_progress()

    def _tell_progress(self) -> None:
        read = min(len(self._held.tokens), self._prompt)
        self._tell(Progress(self.id, read, self._prompt, self.reused))

    def _next(self) -> Ended | None:
        self._read_at = self._read_at or time.monotonic()
        if self.made >= self.asked.most:
            return self.end("most")
        token = self._chooser.choose()
        if self._model.ends(token):
            return self.end("end")
        self._tokens.append(token)
        text = self._text.feed(self._model.piece(token))
        if self._text.stopped:
            self._tell(Piece(self.id, text, self.made))
            return self.end("stop")
        self._tell(Piece(self.id, text, self.made))
        return self.end("most") if self.made >= self.asked.most else None


def check_room(model: Model, prompt: int, most: int) -> None:
    """Refuse what does not fit, with the numbers; nothing is ever cut."""
    if not prompt:
        raise WorkerError("unsuitable", "The prompt has no tokens.", "Say something in it.")
    if prompt + most <= model.room:
        return
    raise WorkerError(
        "too-long",
        f"The prompt takes {prompt:,} tokens and the answer may take {most:,}, "
        f"but the context holds {model.room:,}.",
        f"Leave out {prompt + most - model.room:,} tokens, ask for a shorter answer, or load the "
        f"model with a larger context (it was trained for {model.loaded.trained_context:,}).",
    )
