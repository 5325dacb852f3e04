"""Where names of the standard library come from, and what its modules hold."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from functools import lru_cache

_COMMON: Mapping[str, str] = {
    "collections": "defaultdict Counter OrderedDict deque namedtuple ChainMap UserDict UserList",
    "typing": "Any Callable ClassVar Dict Generator Iterable Iterator List Literal Mapping "
    "NamedTuple Optional Sequence Set Tuple Type TypeVar TypedDict Union Generic Protocol "
    "cast overload TYPE_CHECKING Final Awaitable Hashable NoReturn",
    "functools": "reduce partial lru_cache wraps cached_property total_ordering cmp_to_key cache "
    "singledispatch",
    "itertools": "chain combinations permutations product groupby islice count cycle repeat "
    "accumulate zip_longest takewhile dropwhile starmap tee combinations_with_replacement pairwise",
    "math": "sqrt ceil floor log log2 log10 pi gcd factorial inf isclose hypot sin cos tan exp "
    "prod comb perm isnan isqrt",
    "datetime": "datetime timedelta date timezone tzinfo",
    "pathlib": "Path PurePath PurePosixPath",
    "dataclasses": "dataclass field asdict astuple replace is_dataclass fields",
    "enum": "Enum IntEnum auto Flag IntFlag unique",
    "abc": "ABC abstractmethod ABCMeta",
    "copy": "deepcopy",
    "heapq": "heappush heappop heapify nlargest nsmallest heappushpop heapreplace",
    "bisect": "bisect_left bisect_right insort insort_left insort_right",
    "contextlib": "contextmanager suppress closing ExitStack redirect_stdout nullcontext "
    "asynccontextmanager",
    "operator": "itemgetter attrgetter methodcaller mul",
    "random": "randint choice shuffle sample uniform randrange",
    "decimal": "Decimal ROUND_HALF_UP InvalidOperation",
    "fractions": "Fraction",
    "io": "StringIO BytesIO TextIOWrapper",
    "string": "ascii_lowercase ascii_uppercase ascii_letters digits punctuation Template",
    "statistics": "mean median stdev mode pstdev variance",
    "subprocess": "Popen PIPE check_output check_call CalledProcessError",
    "urllib.parse": "urlparse urljoin urlencode quote unquote parse_qs urlsplit urlunsplit "
    "parse_qsl quote_plus",
    "urllib.request": "urlopen Request",
    "uuid": "uuid4 UUID uuid1",
    "threading": "Thread Lock RLock Event Condition Semaphore",
    "queue": "Queue PriorityQueue LifoQueue Empty",
    "types": "SimpleNamespace MappingProxyType ModuleType FunctionType TracebackType",
    "textwrap": "dedent indent",
    "tempfile": "NamedTemporaryFile TemporaryDirectory mkdtemp",
    "weakref": "WeakKeyDictionary WeakValueDictionary WeakSet",
    "inspect": "signature isclass isfunction",
    "pprint": "pprint pformat",
    "time": "perf_counter monotonic sleep strftime",
    "concurrent.futures": "ThreadPoolExecutor ProcessPoolExecutor as_completed",
    "json": "JSONDecodeError JSONEncoder",
    "argparse": "ArgumentParser Namespace",
    "logging": "getLogger",
    "hashlib": "sha256 md5 sha1",
    "base64": "b64encode b64decode",
    "collections.abc": "MutableMapping Mapping MutableSequence Iterable Sequence Hashable",
    "os.path": "basename dirname splitext",
    "warnings": "warn",
    "struct": "pack unpack",
    "shutil": "copyfile rmtree",
    "numbers": "Number Integral Real",
    "traceback": "format_exc print_exc",
    "zlib": "crc32",
}
_RENAMED: Mapping[str, str] = {
    "ConfigParser": "configparser",
    "StringIO": "io",
    "cStringIO": "io",
    "cPickle": "pickle",
    "Queue": "queue",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "HTMLParser": "html.parser",
    "httplib": "http.client",
    "SocketServer": "socketserver",
    "Tkinter": "tkinter",
    "__builtin__": "builtins",
    "commands": "subprocess",
    "imp": "importlib",
    "distutils": "shutil",
    "simplejson": "json",
    "typing_extensions": "typing",
    "importlib_metadata": "importlib.metadata",
    "collections": "collections.abc",
}
ALIASES: Mapping[str, str] = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "dt": "import datetime as dt",
    "ET": "import xml.etree.ElementTree as ET",
    "tk": "import tkinter as tk",
    "osp": "import os.path as osp",
}
OLD_NAMES: Mapping[str, str] = {
    "xrange": "range",
    "raw_input": "input",
    "unicode": "str",
    "long": "int",
    "unichr": "chr",
    "basestring": "str",
    "true": "True",
    "false": "False",
    "none": "None",
    "null": "None",
    "nil": "None",
    "undefined": "None",
    "TRUE": "True",
    "FALSE": "False",
    "NULL": "None",
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "elif": "if",
    "this": "self",
    "izip": "zip",
    "imap": "map",
    "ifilter": "filter",
    "length": "len",
    "NotImplementedException": "NotImplementedError",
    "StandardError": "Exception",
    "IndexOutOfBoundsError": "IndexError",
    "array": "list",
    "Null": "None",
    "NaN": 'float("nan")',
    "Infinity": 'float("inf")',
    "INF": 'float("inf")',
    "inf": 'float("inf")',
}
_HARMLESS = (
    "math cmath os os.path re json random string itertools functools collections datetime time sys "
    "operator statistics heapq bisect copy pathlib typing decimal fractions io csv textwrap uuid "
    "hashlib base64 shutil subprocess tempfile threading queue logging contextlib enum dataclasses "
    "types struct calendar glob fnmatch inspect traceback urllib.parse collections.abc abc secrets "
    "argparse configparser pprint difflib html unicodedata zlib gzip pickle socket asyncio "
    "concurrent.futures"
)
_SAFE = frozenset(_HARMLESS.split())
"""Modules whose import does nothing but define."""


def homes(name: str) -> list[str]:
    """Return the import statements that bind a name, the commonest first."""
    found = [f"import {name}"] if name in sys.stdlib_module_names else []
    found += [ALIASES[name]] if name in ALIASES else []
    modules = [module for module, names in _COMMON.items() if name in names.split()]
    return [*found, *(f"from {module} import {name}" for module in modules)]


def renamed_module(name: str) -> str:
    """Return what a module of older Pythons, or a stand-in for one, is called now."""
    return _RENAMED.get(name, "")


@lru_cache(maxsize=128)
def members(module: str) -> tuple[str, ...]:
    """Return what a module of the standard library holds; of rare ones nothing is known."""
    if module not in _SAFE:
        return ()
    return tuple(name for name in dir(importlib.import_module(module)) if name[:1] != "_")


def modules() -> frozenset[str]:
    return frozenset(name for name in sys.stdlib_module_names if name[:1] != "_") | _SAFE
