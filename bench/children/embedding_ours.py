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
embedder.embed(["hello"])
first = time.process_time()
embedder.embed(chunks[:4])
began = time.process_time()
embedder.embed(chunks)
embedded = time.process_time() - began
began = time.process_time()
for chunk in chunks:
    embedder.embed([chunk[:60]])
asked = time.process_time() - began
words = WordPiece(files.vocabulary(folder))
began = time.process_time()
for chunk in chunks:
    words.ids(chunk, backend.USUAL_LIMIT)
tokens = time.process_time() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([first, embedded, asked, tokens, memory * 1024]))
