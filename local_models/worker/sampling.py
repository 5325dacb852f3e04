"""Choosing the next token: by the model's likelihoods, and where there is one, by a grammar."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import numpy as np
from llama_cpp import llama_cpp as api

from local_models.worker.native import Model
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Sampling

_FEW = 512
"""How many of the likeliest tokens are held against the grammar before all are."""
_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
_ALL_SEEDS = 0xFFFFFFFF


class Chooser:
    """Chooses tokens one after another, and remembers what it chose."""

    def __init__(self, model: Model, sampling: Sampling, grammar: str = "") -> None:
        self._model = model
        self._sampling = sampling
        self._grammar = _grammar(model, grammar) if grammar else None
        self._chain = _chain(model, sampling)
        self._ids = np.arange(model.size, dtype=np.int32)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back, once."""
        chain, self._chain = self._chain, None
        grammar, self._grammar = self._grammar, None
        if chain:
            api.llama_sampler_free(chain)
        if grammar:
            api.llama_sampler_free(grammar)

    def choose(self) -> int:
        """Return the token that follows what was computed last."""
        if self._grammar is None:
            return int(api.llama_sampler_sample(self._chain, self._model.context, -1))
        token = self._freely()
        if not self._allowed(token):
            token = self._among_allowed()
        api.llama_sampler_accept(self._grammar, token)
        api.llama_sampler_accept(self._chain, token)
        return token

    def _freely(self) -> int:
        logits = self._model.logits()
        return self._pick(_candidates(self._ids, logits))

    def _pick(self, candidates: np.ndarray[Any, Any]) -> int:
        found = _array(candidates)
        api.llama_sampler_apply(self._chain, ctypes.byref(found))
        return int(found.data[found.selected].id)

    def _allowed(self, token: int) -> bool:
        return len(self._following(_candidates([token], [1.0]))) == 1

    def _following(self, candidates: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return those that the grammar lets follow."""
        found = _array(candidates)
        api.llama_sampler_apply(self._grammar, ctypes.byref(found))
        return candidates[candidates["logit"] > -math.inf]

    def _among_allowed(self) -> int:
        """Choose as the chain would if there were no other tokens than those that may follow."""
        for candidates, enough in self._looks():
            following = self._following(candidates)
            if len(following) >= enough:
                return self._pick(following)
        raise WorkerError(
            "grammar",
            "The grammar leaves the model no token to go on with.",
            "Its vocabulary may lack what the grammar asks for: try another grammar or model.",
        )

    def _looks(self) -> Iterator[tuple[np.ndarray[Any, Any], int]]:
        """Look at the likeliest first: as many as the chain would keep settle it exactly."""
        logits = self._model.logits()
        kept = 1 if self._sampling.temperature <= 0 else self._sampling.top_k
        if 0 < kept <= _FEW < len(logits) and self._sampling.repeat_penalty == 1.0:
            likeliest = np.argpartition(logits, -_FEW)[-_FEW:].astype(np.int32)
            yield _candidates(likeliest, logits[likeliest]), kept
        yield _candidates(self._ids, logits), 1


def _candidates(ids: Any, logits: Any) -> np.ndarray[Any, Any]:  # noqa: ANN401 - arrays of numpy
    found = np.zeros(len(ids), _CANDIDATE)
    found["id"], found["logit"] = ids, logits
    return found


def _array(candidates: np.ndarray[Any, Any]) -> Any:  # noqa: ANN401 - a structure of ctypes
    data = candidates.ctypes.data_as(api.llama_token_data_p)
    return api.llama_token_data_array(data=data, size=len(candidates), selected=-1, sorted=False)


def _grammar(model: Model, grammar: str) -> Any:  # noqa: ANN401 - a pointer of ctypes
    found = api.llama_sampler_init_grammar(
        model.vocabulary, grammar.replace("\0", "").encode("utf-8", "replace"), b"root"
    )
    if not found:
        raise WorkerError(
            "grammar",
            "The grammar cannot be used: llama.cpp does not understand it.",
            "It must be GBNF with a rule `root` and without left recursion.",
        )
    return found


def _chain(model: Model, sampling: Sampling) -> Any:  # noqa: ANN401 - as above
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for part in _parts(model, sampling):
        api.llama_sampler_chain_add(chain, part)
    return chain


def _parts(model: Model, sampling: Sampling) -> Iterator[Any]:
    if sampling.repeat_penalty != 1.0:
        last, weight = sampling.repeat_last, sampling.repeat_penalty
        yield api.llama_sampler_init_penalties(model.size, last, weight, 0.0, 0.0)
    if sampling.temperature <= 0:
        yield api.llama_sampler_init_greedy()
        return
    yield api.llama_sampler_init_top_k(sampling.top_k)
    yield api.llama_sampler_init_top_p(sampling.top_p, 1)
    yield api.llama_sampler_init_min_p(sampling.min_p, 1)
    yield api.llama_sampler_init_temp(sampling.temperature)
    yield api.llama_sampler_init_dist(sampling.seed & _ALL_SEEDS)
