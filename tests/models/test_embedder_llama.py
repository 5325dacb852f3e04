"""llama.cpp as the built-in embedder's accelerator: its file, its worker, and when it is chosen."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import closing, suppress
from pathlib import Path

import gguf
import numpy as np
import pytest

from local_models.embedder import backend, engines, files, quickest
from local_models.embedder.backend import open_embedder
from local_models.embedder.converting import CONVERTED, converted
from local_models.embedder.names import LLAMA, NUMPY, ONNXRUNTIME
from local_models.embedder.pool import Pool
from local_models.embedder.quickest import Tried
from local_models.gguf import read_header
from local_models.registry import Circumstances, Role, choose
from local_models.worker.direct import Direct
from local_models.worker.grouping import grouped, most_texts
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Load
from tests.models.minilm import FOLDER, needs_files, reference
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ModelError

pytestmark = pytest.mark.timeout(300)


@needs_files
def test_the_file_is_what_the_weights_are(tmp_path: Path) -> None:
    path = converted(FOLDER, tmp_path)
    assert path.stat().st_size == CONVERTED.size
    header = read_header(path)
    assert (header.architecture, header.layers, header.pooling) == ("bert", 6, 1)
    assert header.embeds
    tensors = {one.name: one for one in gguf.GGUFReader(path).tensors}
    from local_models.embedder import safetensors

    arrays = safetensors.read(FOLDER / files.WEIGHTS.name)
    words = arrays["embeddings.word_embeddings.weight"]
    assert np.array_equal(tensors["token_embd.weight"].data, words.astype(np.float16))
    down = arrays["encoder.layer.5.output.dense.bias"]
    assert np.array_equal(tensors["blk.5.ffn_down.bias"].data, down)
    assert len(tensors) == 5 + 6 * 16


@needs_files
def test_it_is_made_once_and_again_where_it_is_another(tmp_path: Path) -> None:
    path = converted(FOLDER, tmp_path)
    first = path.stat()
    assert converted(FOLDER, tmp_path).stat() == first
    (tmp_path / ".partial-of-another").write_bytes(b"left")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert converted(FOLDER, tmp_path).stat().st_ino != first.st_ino
    assert files.are_right(tmp_path, (CONVERTED,))
    assert {one.name for one in tmp_path.iterdir()} == {path.name, ".lock", "checked.json"}


@needs_files
def test_where_it_cannot_be_written_a_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"cannot be converted in .*file"):
        converted(FOLDER, tmp_path / "file")


@needs_files
def test_short_texts_together_are_as_alone() -> None:
    expected = reference(256)
    with closing(open_embedder(FOLDER, backend=LLAMA)) as embedder:
        alone = np.concatenate([embedder.embed([text]) for text in expected.texts[:40]])
        together = embedder.embed(expected.texts[:40])
    assert (alone * together).sum(axis=1).min() > 0.9999
    assert embedder.identity == open_embedder(FOLDER, backend=NUMPY).identity


@needs_files
def test_numpy_goes_on_where_the_worker_dies() -> None:
    texts = [f"def f{number}(): return {number}" for number in range(30)]
    expected = open_embedder(FOLDER, backend=NUMPY).embed(texts)
    with closing(open_embedder(FOLDER, backend=LLAMA)) as embedder:
        embedder.embed(texts[:2])
        os.kill(_children()[-1], signal.SIGKILL)
        found = embedder.embed(texts)
        assert embedder.name == NUMPY
        assert "died of SIGKILL. numpy goes on." in embedder.why
    assert np.allclose(found, expected, atol=1e-6)


def _children(of: int = 0) -> list[int]:
    of = of or os.getpid()
    path = Path(f"/proc/{of}/task/{of}/children")
    return [int(pid) for pid in path.read_text().split()]


@needs_files
def test_whoever_was_quickest_takes_over_at_once() -> None:
    quickest.remember(files.cache_folder(), {NUMPY: 0.1, ONNXRUNTIME: 0.09, LLAMA: 0.05}, {})
    with closing(open_embedder(FOLDER)) as embedder:
        before = embedder.embed(["def f(): pass"])
        after = embedder.embed(["def f(): pass"] * 16)
        assert embedder.name == LLAMA
        assert "embedded by llama.cpp: a long one takes 50 ms" in embedder.why
    assert float(before[0] @ after[0]) > 0.9999


@needs_files
def test_whoever_is_slower_than_numpy_does_not_take_over() -> None:
    quickest.remember(files.cache_folder(), {NUMPY: 0.1, LLAMA: 0.2}, {ONNXRUNTIME: "It is away."})
    embedder = open_embedder(FOLDER)
    embedder.embed(["a"] * 16)
    assert embedder.name == NUMPY
    assert embedder.why.endswith("200 ms in llama.cpp. It is away.")


@needs_files
def test_one_that_gives_other_vectors_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    quickest.remember(files.cache_folder(), {NUMPY: 0.1, LLAMA: 0.05, ONNXRUNTIME: 0.06}, {})
    monkeypatch.setattr(engines, "LEAST_COSINE", 0.999999)
    embedder = open_embedder(FOLDER)
    embedder.embed(["a"] * 16)
    assert embedder.name == ONNXRUNTIME
    assert "embedded by onnxruntime: a long one takes 60 ms" in embedder.why
    assert "llama.cpp gives other vectors here (cosine 0.99999" in embedder.why
    assert quickest.told(files.cache_folder()) == embedder.why


@needs_files
def test_after_many_texts_all_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "_WORTH_TRYING", 20)
    embedder = open_embedder(FOLDER)
    embedder.embed(["a"] * 16)
    assert embedder.name == ONNXRUNTIME
    assert quickest.told(files.cache_folder()).startswith("Which backend is quickest")
    embedder.embed(["a"] * 16)
    tried = quickest.recall(files.cache_folder())
    assert tried is not None
    assert set(tried.seconds) == {NUMPY, ONNXRUNTIME, LLAMA}
    assert embedder.name == min(tried.seconds, key=tried.seconds.__getitem__)
    assert embedder.why == tried.sentence == quickest.told(files.cache_folder())
    embedder.close()


def test_what_was_found_with_other_versions_does_not_hold(tmp_path: Path) -> None:
    import msgspec

    quickest.remember(tmp_path, {NUMPY: 0.1}, {})
    assert quickest.recall(tmp_path) is not None
    old = Tried("numpy 0.1", {NUMPY: 0.1})
    (tmp_path / "quickest.json").write_bytes(msgspec.json.encode(old))
    assert quickest.recall(tmp_path) is None
    (tmp_path / "quickest.json").write_bytes(b"{")
    assert quickest.recall(tmp_path) is None


def test_neighbours_are_put_together_up_to_so_many_tokens() -> None:
    texts = [[0] * length for length in (3, 4, 5, 20, 1, 9, 2)]
    lengths = [[len(text) for text in group] for group in grouped(texts, 10)]
    assert lengths == [[3, 4], [5], [20], [1, 9], [2]] == [*lengths]
    assert all(len(group) <= most_texts(10) for group in grouped([[0]] * 9, 10))
    assert [len(group) for group in grouped(texts, 0)] == [1] * 7


def test_a_worker_asked_directly_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"none\.gguf cannot be read: No such file"):
        Direct(Load(0, str(tmp_path / "none.gguf"), embedding=True), tmp_path / "log")
    path = write_tiny(tmp_path / "tiny.gguf")
    with closing(Direct(Load(0, str(path), embedding=True, context=256), tmp_path / "log")) as one:
        with pytest.raises(WorkerError, match="from 1 to 256 can"):
            one.embed(((1, 2), ()))
        assert len(one.embed(((1, 2),))[0]) == 4 * 64
        assert one.cpu_seconds() > 0
    assert not Path(f"/proc/{one.pid}").exists()


def test_a_worker_that_is_silent_is_ended(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny.gguf")
    with closing(Direct(Load(0, str(path), embedding=True), tmp_path / "log", 5.0)) as one:
        os.kill(one.pid, signal.SIGSTOP)
        with pytest.raises(WorkerError, match="gave no answer and was ended") as told:
            one.embed(((1, 2),))
        assert told.value.fatal
        with pytest.raises(WorkerError, match="died of SIGKILL"):
            one.embed(((1, 2),))


def test_texts_of_a_model_that_remembers_are_embedded_together_as_alone(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny.gguf", Tiny(more={"llama.pooling_type": 1}))
    texts = ((1, 2, 3), (4, 5), (6,) * 40, (7, 8, 9, 10))
    found = []
    for together in (0, 64):
        asked = Load(0, str(path), embedding=True, together=together)
        with closing(Direct(asked, tmp_path / "log")) as one:
            found.append(np.frombuffer(b"".join(one.embed(texts)), "<f4").reshape(4, -1))
    assert (found[0] * found[1]).sum(axis=1).min() > 0.9999


@needs_files
async def test_processes_of_the_host_embed_with_it_and_leave_nothing() -> None:
    before = set(_children())
    pool = Pool(FOLDER, processes=1, backend=LLAMA)
    texts = reference(256).texts[:20]
    try:
        vectors = await pool.embed(texts)
        (embedding,) = set(_children()) - before
        (worker,) = _children(embedding)
    finally:
        await pool.close()
    assert (vectors * reference(256).vectors[:20]).sum(axis=1).min() > 0.9999
    await _until_gone(worker)
    assert set(_children()) <= before


async def _until_gone(process: int) -> None:
    """Wait for its end; whoever takes in orphans may leave it a zombie for a while."""
    path = Path(f"/proc/{process}/stat")
    with suppress(FileNotFoundError, ProcessLookupError):
        while path.read_text().rpartition(")")[2].split()[0] != "Z":
            await asyncio.sleep(0.01)


def test_whoever_lists_the_roles_is_told_who_is_quickest(tmp_path: Path) -> None:
    quickest.remember(tmp_path, {NUMPY: 0.1, LLAMA: 0.05}, {ONNXRUNTIME: "It is away."})
    given = Circumstances(0, {}, quickest=quickest.told(tmp_path))
    assert choose([], given)[Role.EMBED].why == (
        "The built-in all-MiniLM-L6-v2 serves. Many texts are embedded by llama.cpp: "
        "a long one takes 50 ms of CPU, 100 ms in numpy. It is away."
    )
