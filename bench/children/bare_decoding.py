"""The least that generates: llama.cpp's own loop, with no worker, socket, text or host around it.

`python bare_decoding.py MODEL TOKENS PROMPT` answers each line on its input with the processor time
of one token in seconds, after a prompt of so many tokens.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

_BATCH = 512
_SEED = 1


def main(path: str, tokens: int, prompt: int) -> None:
    """Load, then measure for each line until the input ends."""
    os.environ.update(OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0")
    from llama_cpp import llama_cpp as api

    silent = api.llama_log_callback(lambda _level, _text, _data: None)
    api.llama_log_set(silent, None)
    api.llama_backend_init()
    model = api.llama_model_load_from_file(path.encode(), api.llama_model_default_params())
    context = api.llama_init_from_model(model, _parameters(api))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(_measured(api, context, tokens, prompt), flush=True)


def _parameters(api: Any) -> Any:  # noqa: ANN401 - structures of ctypes
    found = api.llama_context_default_params()
    found.n_ctx, found.n_batch, found.n_ubatch = 2048, _BATCH, _BATCH
    found.n_threads = found.n_threads_batch = 1
    found.flash_attn_type = api.LLAMA_FLASH_ATTN_TYPE_ENABLED
    found.type_k = found.type_v = api.GGML_TYPE_Q8_0
    return found


def _sampler(api: Any) -> Any:  # noqa: ANN401 - as above
    chain = api.llama_sampler_chain_init(api.llama_sampler_chain_default_params())
    for part in (
        api.llama_sampler_init_top_k(40),
        api.llama_sampler_init_top_p(0.95, 1),
        api.llama_sampler_init_min_p(0.05, 1),
        api.llama_sampler_init_temp(0.7),
        api.llama_sampler_init_dist(_SEED),
    ):
        api.llama_sampler_chain_add(chain, part)
    return chain


def _measured(api: Any, context: Any, tokens: int, prompt: int) -> float:  # noqa: ANN401 - as above
    sampler = _sampler(api)
    api.llama_memory_clear(api.llama_get_memory(context), True)
    for at in range(0, prompt, _BATCH):
        some = range(300 + at, 300 + min(prompt, at + _BATCH))
        read = (api.llama_token * len(some))(*some)
        api.llama_decode(context, api.llama_batch_get_one(read, len(some)))
    began = time.process_time()
    one = (api.llama_token * 1)()
    for _ in range(tokens):
        one[0] = api.llama_sampler_sample(sampler, context, -1)
        api.llama_decode(context, api.llama_batch_get_one(one, 1))
    spent = time.process_time() - began
    api.llama_sampler_free(sampler)
    return spent / tokens


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]))
