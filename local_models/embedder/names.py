"""The backends by name."""

from __future__ import annotations

BEST, NUMPY, ONNXRUNTIME, INT8 = "best", "numpy", "onnxruntime", "onnxruntime-int8"
LLAMA = "llama.cpp"
BACKENDS = (BEST, NUMPY, ONNXRUNTIME, LLAMA, INT8)
