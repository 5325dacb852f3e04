"""Where the files that ship with Workbench are: configs/ and data/, in a checkout and installed."""

from pathlib import Path

from workbench.errors import Defect

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_shipped"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent


def config_file(name: str) -> Path:
    return _find("configs", name)


def data_file(name: str) -> Path:
    return _find("data", name)


def _find(folder: str, name: str) -> Path:
    path = _ROOT / folder / name
    if not path.exists():
        raise Defect(f"A file that ships with Workbench is missing: {path}", "Install it again.")
    return path
