"""all-MiniLM-L6-v2, the embedder that is always there: its files, tokenizer and forward pass.

`backend.open_embedder()` is the way in; nothing here imports numpy before that is called.
"""
