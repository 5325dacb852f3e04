"""What a file is by its name: its language, its kind, and who parses it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

_KIB, _MIB = 1 << 10, 1 << 20
TEXT_LIMIT = 8 * _MIB


class Language(NamedTuple):
    """What is done with files of a kind."""

    name: str
    kind: str
    parser: str
    limit: int = TEXT_LIMIT
    """A larger file is skipped."""


_UNKNOWN = Language("text", "text", "plain", 2 * _MIB)
_DATA_LIMIT = 256 * _KIB
_GENERIC_CODE = {
    "bash": "shell",
    "bat": "batch",
    "clj": "clojure",
    "cmake": "cmake",
    "cs": "csharp",
    "dart": "dart",
    "el": "lisp",
    "erl": "erlang",
    "ex": "elixir",
    "exs": "elixir",
    "f90": "fortran",
    "fs": "fsharp",
    "gradle": "groovy",
    "groovy": "groovy",
    "hs": "haskell",
    "jl": "julia",
    "kt": "kotlin",
    "lisp": "lisp",
    "lua": "lua",
    "m": "objective-c",
    "ml": "ocaml",
    "nim": "nim",
    "php": "php",
    "pl": "perl",
    "pm": "perl",
    "proto": "protobuf",
    "ps1": "powershell",
    "r": "r",
    "rb": "ruby",
    "s": "assembly",
    "scala": "scala",
    "scm": "scheme",
    "sh": "shell",
    "sql": "sql",
    "swift": "swift",
    "tf": "terraform",
    "vim": "vim",
    "vue": "vue",
    "svelte": "svelte",
    "zig": "zig",
    "zsh": "shell",
}
_TREES = {
    "c": "c",
    "h": "c",
    "cc": "cpp",
    "cpp": "cpp",
    "cxx": "cpp",
    "hh": "cpp",
    "hpp": "cpp",
    "hxx": "cpp",
    "go": "go",
    "java": "java",
    "cjs": "javascript",
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "rs": "rust",
    "cts": "typescript",
    "mts": "typescript",
    "ts": "typescript",
    "tsx": "tsx",
}
_DATA = {
    "cfg": "ini",
    "conf": "ini",
    "css": "css",
    "csv": "csv",
    "desktop": "ini",
    "ini": "ini",
    "json": "json",
    "jsonl": "json",
    "less": "css",
    "lock": "text",
    "po": "gettext",
    "properties": "ini",
    "sass": "css",
    "scss": "css",
    "svg": "xml",
    "toml": "toml",
    "tsv": "csv",
    "xml": "xml",
    "yaml": "yaml",
    "yml": "yaml",
}
_PROSE = {
    "adoc": Language("asciidoc", "prose", "plain"),
    "htm": Language("html", "prose", "html"),
    "html": Language("html", "prose", "html"),
    "markdown": Language("markdown", "prose", "markdown"),
    "md": Language("markdown", "prose", "markdown"),
    "mdx": Language("markdown", "prose", "markdown"),
    "org": Language("org", "prose", "plain"),
    "pdf": Language("pdf", "prose", "pdf", 128 * _MIB),
    "rst": Language("rst", "prose", "rst"),
    "tex": Language("latex", "prose", "plain"),
    "txt": Language("text", "prose", "plain"),
    "xhtml": Language("html", "prose", "html"),
}
_BY_SUFFIX: dict[str, Language] = {
    **{suffix: Language(name, "code", "plain") for suffix, name in _GENERIC_CODE.items()},
    **{suffix: Language(name, "code", "trees") for suffix, name in _TREES.items()},
    **{suffix: Language(name, "text", "plain", _DATA_LIMIT) for suffix, name in _DATA.items()},
    **_PROSE,
    "ipynb": Language("python", "notebook", "notebook", 64 * _MIB),
    "py": Language("python", "code", "python"),
    "pyi": Language("python", "code", "python"),
    "pyw": Language("python", "code", "python"),
}
_BY_NAME = {
    "dockerfile": Language("dockerfile", "code", "plain"),
    "makefile": Language("make", "code", "plain"),
    "metadata": Language("metadata", "prose", "metadata"),
    "readme": Language("text", "prose", "plain"),
}
_MAN = Language("man", "prose", "man")
_SECTIONS = "123456789ln"
_SQUEEZED = ".gz"
_SCRIPTS = {b"python": "py", b"sh": "sh", b"bash": "sh", b"node": "js", b"perl": "pl"}
_BINARY = frozenset(
    (
        *("7z", "a", "avi", "bin", "bmp", "bz2", "class", "db", "dll", "dylib", "exe", "gguf"),
        *("gif", "ico", "jar", "jpeg", "jpg", "mo", "mp3", "mp4", "npy", "npz", "o", "otf"),
        *("parquet", "pickle", "pkl", "png", "pt", "pyc", "pyd", "rar", "safetensors", "so"),
        *("sqlite", "sqlite3", "tar", "tgz", "tif", "tiff", "ttf", "wasm", "wav", "webm", "webp"),
        *("whl", "woff", "woff2", "xz", "zip", "zst", "duckdb", "lance", "onnx", "eot", "jks"),
    )
)
_SECRETS = ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", ".pgpass", ".npmrc", ".pypirc")
_SECRET_SUFFIXES = (".pem", ".key", ".p12", ".pfx", ".kdbx", ".ppk")


def reason_by_name(path: str) -> str:
    """Say why a file is skipped without being opened, if so."""
    name = PurePosixPath(path).name.lower()
    if name in _SECRETS or name.endswith(_SECRET_SUFFIXES) or name.split(".")[:2] == ["", "env"]:
        return "it may hold secrets"
    if name.rpartition(".")[2] in _BINARY and "." in name:
        return "it is binary"
    return "it was made by a program" if name.endswith((".min.js", ".min.css", ".map")) else ""


def is_squeezed(path: str) -> bool:
    return path.lower().endswith(_SQUEEZED)


def language_of(path: str, content: bytes = b"") -> Language:
    """Tell by the name, else by how the file begins."""
    name = PurePosixPath(path).name.lower().removesuffix(_SQUEEZED)
    suffix = name.rpartition(".")[2] if "." in name.lstrip(".") else ""
    if found := _BY_NAME.get(name) or _BY_SUFFIX.get(suffix):
        return found
    if suffix[:1] in _SECTIONS and len(suffix) <= 4 and _looks_like_roff(content):
        return _MAN
    return _by_beginning(content)


def _looks_like_roff(content: bytes) -> bool:
    beginning = content[:4_096]
    return any(b"\n" + mark in b"\n" + beginning for mark in (b".TH", b".Dd", b".SH", b".so "))


def _by_beginning(content: bytes) -> Language:
    line = content[:128].partition(b"\n")[0]
    if line.startswith(b"#!"):
        program = line.split()[-1].rpartition(b"/")[2].rstrip(b"0123456789.")
        return _BY_SUFFIX.get(_SCRIPTS.get(program, ""), _UNKNOWN)
    return _BY_SUFFIX["pdf"] if line.startswith(b"%PDF-") else _UNKNOWN
