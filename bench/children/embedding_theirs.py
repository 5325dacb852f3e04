"""Embeds chunks with sentence-transformers, in whose Python this runs: FOLDER, a name, CHUNKS."""

import importlib
import json
import resource
import sys
import time

folder, chunks = sys.argv[1], json.loads(sys.stdin.read())
importlib.import_module("torch").set_num_threads(1)
model = importlib.import_module("sentence_transformers").SentenceTransformer(folder, device="cpu")
model.encode(["hello"])
first = time.process_time()
model.encode(chunks[:4])
began = time.process_time()
model.encode(chunks)
embedded = time.process_time() - began
began = time.process_time()
for chunk in chunks:
    model.encode([chunk[:60]])
asked = time.process_time() - began
words = importlib.import_module("tokenizers").BertWordPieceTokenizer(f"{folder}/vocab.txt")
words.enable_truncation(256)
began = time.process_time()
for chunk in chunks:
    words.encode(chunk)
tokens = time.process_time() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([first, embedded, asked, tokens, memory * 1024]))
