"""Embeds chunks with ours and prints what it took: FOLDER, BACKEND, CHUNKS as JSON."""

import json
import resource
import sys
import time
from pathlib import Path

from local_models.embedder import backend, files
from local_models.embedder.wordpiece import WordPiece

folder, name, chunks = Path(sys.argv[1]), sys.argv[2], json.loads(sys.stdin.read())
embedder = backend.open_embedder(folder, backend=name)


def clock() -> float:
    """Return the processor time of this process, and of the one that llama.cpp has."""
    return time.process_time() - time.thread_time() + embedder.cpu_seconds()


embedder.embed(["hello"])
first = clock()
embedder.embed(chunks[:4])
began = clock()
embedder.embed(chunks)
embedded = clock() - began
began = clock()
for chunk in chunks:
    embedder.embed([chunk[:60]])
asked = clock() - began
words = WordPiece(files.vocabulary(folder))
began = time.process_time()
for chunk in chunks:
    words.ids(chunk, backend.USUAL_LIMIT)
tokens = time.process_time() - began
embedder.close()
ended = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
memory = sum(one.ru_maxrss for one in ended)
print(json.dumps([first, embedded, asked, tokens, memory * 1024]))
