"""The numbers of GGUF: kinds of tensors, types of files, and how other files begin."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BLOCKS: Mapping[int, tuple[str, int, int]] = MappingProxyType(
    {
        0: ("F32", 1, 4),
        1: ("F16", 1, 2),
        2: ("Q4_0", 32, 18),
        3: ("Q4_1", 32, 20),
        6: ("Q5_0", 32, 22),
        7: ("Q5_1", 32, 24),
        8: ("Q8_0", 32, 34),
        9: ("Q8_1", 32, 40),
        10: ("Q2_K", 256, 84),
        11: ("Q3_K", 256, 110),
        12: ("Q4_K", 256, 144),
        13: ("Q5_K", 256, 176),
        14: ("Q6_K", 256, 210),
        15: ("Q8_K", 256, 292),
        16: ("IQ2_XXS", 256, 66),
        17: ("IQ2_XS", 256, 74),
        18: ("IQ3_XXS", 256, 98),
        19: ("IQ1_S", 256, 50),
        20: ("IQ4_NL", 32, 18),
        21: ("IQ3_S", 256, 110),
        22: ("IQ2_S", 256, 82),
        23: ("IQ4_XS", 256, 136),
        24: ("I8", 1, 1),
        25: ("I16", 1, 2),
        26: ("I32", 1, 4),
        27: ("I64", 1, 8),
        28: ("F64", 1, 8),
        29: ("IQ1_M", 256, 56),
        30: ("BF16", 1, 2),
        34: ("TQ1_0", 256, 54),
        35: ("TQ2_0", 256, 66),
        39: ("MXFP4", 32, 17),
        40: ("NVFP4", 64, 36),
        41: ("Q1_0", 128, 18),
    }
)
"""Of each kind of tensor its name, the elements of a block, and the bytes of one."""

FILE_TYPES: Mapping[int, str] = MappingProxyType(
    {
        0: "F32",
        1: "F16",
        2: "Q4_0",
        3: "Q4_1",
        7: "Q8_0",
        8: "Q5_0",
        9: "Q5_1",
        10: "Q2_K",
        11: "Q3_K_S",
        12: "Q3_K_M",
        13: "Q3_K_L",
        14: "Q4_K_S",
        15: "Q4_K_M",
        16: "Q5_K_S",
        17: "Q5_K_M",
        18: "Q6_K",
        19: "IQ2_XXS",
        20: "IQ2_XS",
        21: "Q2_K_S",
        22: "IQ3_XS",
        23: "IQ3_XXS",
        24: "IQ1_S",
        25: "IQ4_NL",
        26: "IQ3_S",
        27: "IQ3_M",
        28: "IQ2_S",
        29: "IQ2_M",
        30: "IQ4_XS",
        31: "IQ1_M",
        32: "BF16",
        36: "TQ1_0",
        37: "TQ2_0",
        38: "MXFP4",
        39: "NVFP4",
        40: "Q1_0",
    }
)
"""What `general.file_type` means, by the names that people know."""

_CONVERT = "Convert it with llama.cpp's convert_hf_to_gguf.py, or get a GGUF file of the model."
_AGAIN = "Download the file itself."
_OLD = ("a model in llama.cpp's format before GGUF", "Get the model as GGUF.")
FOREIGN: Mapping[bytes, tuple[str, str]] = MappingProxyType(
    {
        b"lmgg": _OLD,
        b"fmgg": _OLD,
        b"tjgg": _OLD,
        b"algg": _OLD,
        b"FUGG": ("one with its bytes the other way round", "Get the little-endian file."),
        b"PK\x03\x04": ("an archive, perhaps of PyTorch", _CONVERT),
        b"\x80\x02": ("a pickle of PyTorch", _CONVERT),
        b"vers": ("the pointer that git-lfs leaves in its place", _AGAIN),
        b"<!DO": ("a web page", _AGAIN),
        b"<!do": ("a web page", _AGAIN),
        b"<htm": ("a web page", _AGAIN),
        b"\x1f\x8b": ("a compressed one", "Unpack it first."),
        b"\x28\xb5\x2f\xfd": ("a compressed one", "Unpack it first."),
    }
)
"""How files begin that people take for models: what they are, and what helps."""
