"""Loading: a file that is checked, a model, a context with flash attention and a small cache."""

from __future__ import annotations

import ctypes
from typing import Any

from llama_cpp import llama_cpp as api

from local_models.worker.grouping import most_texts
from local_models.worker.log import Log, said
from local_models.worker.native import BATCH, STEP, Bell, Identity, Model, cache_type
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Cache, Load, Loaded

_MAGIC = b"GGUF"
_MEMORY_WORDS = ("allocate", "memory", "mmap failed", "bad_alloc")


def load(asked: Load, log: Log) -> Model:
    """Return the model ready for work, or say what is wrong with its file."""
    identity = _checked(asked.path)
    log.forget()
    api.llama_backend_init()
    model = _model(asked, log)
    context, cache, flash = _context(model, asked, log)
    loaded = _described(asked, model, context, cache, flash)
    vocabulary = api.llama_model_get_vocab(model)
    memory = api.llama_get_memory(context)
    if not asked.embedding and (not memory or api.llama_model_has_encoder(model)):
        raise _writes_nothing(asked.path)
    found = Model(
        asked.path,
        identity,
        model,
        vocabulary,
        context,
        memory,
        loaded,
        Bell(),
        asked.embedding,
        asked.together,
    )
    found.bell.hang_on(context)
    return found


def _checked(path: str) -> Identity:
    """Look at the file before native code does."""
    try:
        identity = Identity.of(path)
        with open(path, "rb") as file:  # noqa: PTH123 - it comes as text
            magic = file.read(len(_MAGIC))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise WorkerError(
            "missing",
            f"The model file {path} cannot be read: {why}.",
            "See `workbench models list` for what there is.",
        ) from error
    if magic != _MAGIC:
        raise _not_a_model(path, "it does not begin with the mark of a GGUF")
    return identity


def _model(asked: Load, log: Log) -> Any:  # noqa: ANN401 - a pointer of ctypes
    parameters = api.llama_model_default_params()
    found = api.llama_model_load_from_file(asked.path.encode(), parameters)
    if found:
        return found
    why = said(log.errors())
    if _lacks_memory(log):
        raise _too_big(asked.path, why)
    raise _not_a_model(asked.path, why)


def _context(model: Any, asked: Load, log: Log) -> tuple[Any, Cache, bool]:  # noqa: ANN401
    """Take the smallest cache that the model allows; without flash attention only the large."""
    flash = api.LLAMA_FLASH_ATTN_TYPE_ENABLED
    for cache, attention in _ways(asked):
        context = api.llama_init_from_model(model, _parameters(model, asked, cache, attention))
        if context:
            return context, cache, attention == flash
    why = said(log.errors()[-1:])
    if _lacks_memory(log):
        raise _too_big(asked.path, why)
    raise _not_a_model(asked.path, why)


def _ways(asked: Load) -> tuple[tuple[Cache, int], ...]:
    flash, chosen = api.LLAMA_FLASH_ATTN_TYPE_ENABLED, api.LLAMA_FLASH_ATTN_TYPE_AUTO
    last: tuple[tuple[Cache, int], ...] = (("f16", flash), ("f16", chosen))
    return last if asked.embedding or asked.cache == "f16" else (("q8_0", flash), *last)


def _parameters(model: Any, asked: Load, cache: Cache, attention: int) -> Any:  # noqa: ANN401
    parameters = api.llama_context_default_params()
    parameters.n_ctx = _room(model, asked)
    parameters.n_batch = parameters.n_ubatch = BATCH
    if asked.embedding:
        parameters.n_batch = parameters.n_ubatch = parameters.n_ctx  # A text is read in one go.
        parameters.embeddings = True
        parameters.kv_unified = True  # All texts of a batch share the room there is.
        parameters.n_seq_max = most_texts(asked.together)
    parameters.n_threads = parameters.n_threads_batch = max(1, asked.threads)
    parameters.flash_attn_type = attention
    parameters.type_k = parameters.type_v = cache_type(cache)
    return parameters


def _room(model: Any, asked: Load) -> int:  # noqa: ANN401
    """Round up to what llama.cpp makes of it, never beyond what the model was trained for."""
    trained = max(STEP, api.llama_model_n_ctx_train(model) // STEP * STEP)
    wanted: int = asked.context or trained
    return int(min(trained, -(-max(1, wanted) // STEP) * STEP))


def _described(asked: Load, model: Any, context: Any, cache: Cache, flash: bool) -> Loaded:  # noqa: ANN401
    return Loaded(
        asked.id,
        description=_told(api.llama_model_desc, model),
        architecture=_told(api.llama_model_meta_val_str, model, b"general.architecture"),
        context=api.llama_n_ctx(context),
        trained_context=api.llama_model_n_ctx_train(model),
        vocabulary=api.llama_vocab_n_tokens(api.llama_model_get_vocab(model)),
        dimensions=api.llama_model_n_embd(model),
        parameters=api.llama_model_n_params(model),
        bytes=api.llama_model_size(model),
        cache=cache,
        flash_attention=flash,
        template=api.llama_model_chat_template(model, None) is not None,
        threads=api.llama_n_threads(context),
        llama=api.llama_version().decode("ascii", "replace"),
    )


def _told(ask: Any, *arguments: Any) -> str:  # noqa: ANN401
    buffer = ctypes.create_string_buffer(256)
    ask(*arguments, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _lacks_memory(log: Log) -> bool:
    return any(word in line for line in log.errors() for word in _MEMORY_WORDS)


def _too_big(path: str, why: str) -> WorkerError:
    return WorkerError(
        "memory",
        f"The model {path} does not fit into memory: {why or 'it could not be allocated'}.",
        "Take a smaller model or quantisation, or a smaller context: `workbench models list`.",
    )


def _writes_nothing(path: str) -> WorkerError:
    return WorkerError(
        "unsuitable",
        f"The model {path} makes vectors or translates; it cannot go on with a text.",
        "Give it the role `embed`, and take another for this one.",
    )


def _not_a_model(path: str, why: str) -> WorkerError:
    return WorkerError(
        "not-a-model",
        f"The file {path} cannot be loaded as a model: {why or 'llama.cpp refuses it'}.",
        "It may be cut off or of another kind: get it again, and compare its sha256.",
    )
