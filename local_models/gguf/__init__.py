"""The headers of GGUF files."""

from local_models.gguf.header import Header, read_header
from local_models.gguf.window import LARGEST_HEADER

__all__ = ["LARGEST_HEADER", "Header", "read_header"]
