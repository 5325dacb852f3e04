"""What Python programs honestly do with Python itself."""

from __future__ import annotations

from tests.sandbox.cases import Control

CONTROLS = (
    Control("print", 'print("fine")\n'),
    Control(
        "text of all languages",
        """
text = "naïve Ω 日本語 \\U0001f600 עברית"
print(text)
assert sys.stdout.encoding.lower() == "utf-8" and text.encode().decode() == text
assert open("日本.txt", "w").write(text) and open("日本.txt").read() == text
import locale
assert locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"
print("fine")
""",
    ),
    Control(
        "recursion that is caught",
        """
def deeper(depth):
    return deeper(depth + 1)
try:
    deeper(0)
except RecursionError:
    print("fine")
""",
    ),
    Control(
        "deep recursion that is wanted",
        """
sys.setrecursionlimit(20_000)
def deeper(depth):
    return depth if depth == 5000 else deeper(depth + 1)
assert deeper(0) == 5000
print("fine")
""",
    ),
    Control(
        "the same hashes each time",
        """
import subprocess
here = hash("text")
command = [sys.executable, "-c", "print(hash('text'))"]
assert int(subprocess.check_output(command)) == here
print("fine")
""",
    ),
    Control(
        "time zones",
        """
import datetime, time, zoneinfo
when = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
assert when.utcoffset() == datetime.timedelta(hours=2)
os.environ["TZ"] = "America/New_York"
time.tzset()
assert time.localtime(0).tm_hour == 19
print("fine")
""",
    ),
    Control(
        "TLS contexts",
        """
import ssl
context = ssl.create_default_context()
assert context.verify_mode is ssl.CERT_REQUIRED
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
made = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
try:
    made.do_handshake()
except ssl.SSLWantReadError:
    assert outgoing.read()
print("fine")
""",
    ),
    Control(
        "hashes and random numbers",
        """
import hashlib, random, secrets, uuid
assert hashlib.sha256(b"x").hexdigest().startswith("2d711642")
assert hashlib.pbkdf2_hmac("sha256", b"a", b"b", 1000) and secrets.token_bytes(9)
assert uuid.uuid4() != uuid.uuid4() and random.SystemRandom().random() != random.random()
assert open("/dev/urandom", "rb").read(8) != os.urandom(8)
print("fine")
""",
    ),
    Control(
        "ctypes",
        """
import ctypes.util
libm = ctypes.CDLL("libm.so.6")
libm.cos.restype, libm.cos.argtypes = ctypes.c_double, [ctypes.c_double]
assert libm.cos(0) == 1
called = []
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
def order(one, other):
    called.append(1)
    return one[0] - other[0]
numbers = (ctypes.c_int * 4)(3, 1, 4, 2)
LIBC.qsort(numbers, 4, 4, compare(order))
assert list(numbers) == [1, 2, 3, 4] and called
print("fine")
""",
    ),
    Control(
        "imports from an archive",
        """
import zipfile
with zipfile.ZipFile("code.zip", "w") as archive:
    archive.writestr("zipped/__init__.py", "VALUE = 7")
    archive.writestr("zipped/data.txt", "data")
sys.path.insert(0, "code.zip")
import zipped
from importlib import resources
assert zipped.VALUE == 7
assert resources.files("zipped").joinpath("data.txt").read_text() == "data"
print("fine")
""",
    ),
    Control(
        "modules written and imported",
        """
import importlib
os.makedirs("made/inner")
write("made/__init__.py", "from .inner import value")
write("made/inner/__init__.py", "value = 5")
importlib.invalidate_caches()
import made
assert made.value == 5
write("made/inner/__init__.py", "value = 66")
importlib.reload(made.inner)
assert made.inner.value == 66
print("fine")
""",
    ),
    Control(
        "its own source",
        """
import importlib, inspect
write("own.py", "def function(one):\\n    return one\\n")
importlib.invalidate_caches()
import own
assert inspect.getsource(own.function) == "def function(one):\\n    return one\\n"
assert "def getsource" in inspect.getsource(inspect)
print("fine")
""",
    ),
    Control(
        "bytecode of its own",
        """
import compileall, py_compile
write("own.py", "VALUE = 1")
assert os.path.exists(py_compile.compile("own.py"))
assert compileall.compile_dir(".", quiet=1)
print("fine")
""",
    ),
    Control(
        "tracing and profiling",
        """
import cProfile, pstats, tracemalloc, sys
lines = []
def trace(frame, event, argument):
    lines.append(event)
    return trace
sys.settrace(trace)
sum(x for x in range(3))
sys.settrace(None)
profile = cProfile.Profile()
profile.runcall(sorted, [3, 1, 2])
tracemalloc.start()
kept = [bytes(1000) for _ in range(100)]
assert tracemalloc.get_traced_memory()[0] > 90_000 and len(lines) > 3
print("fine")
""",
    ),
    Control(
        "warnings, logging and errors",
        """
import io, logging, traceback, warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    warnings.warn("careful")
assert len(seen) == 1
stream = io.StringIO()
logging.basicConfig(stream=stream, level=logging.DEBUG)
logging.getLogger("x").debug("told")
assert "told" in stream.getvalue()
try:
    1 / 0
except ZeroDivisionError:
    assert "1 / 0" in traceback.format_exc() or "ZeroDivision" in traceback.format_exc()
print("fine")
""",
    ),
    Control(
        "what is done at the end",
        """
import atexit, threading, time
atexit.register(lambda: print("fine"))
threading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()
print("main")
""",
    ),
    Control(
        "exit codes",
        """
import subprocess
for code in (0, 1, 5, 255):
    assert subprocess.run([sys.executable, "-c", "raise SystemExit(%d)" % code]).returncode == code
print("fine")
sys.exit(0)
""",
    ),
    Control(
        "pickles and copies",
        """
import copy, marshal, pickle, shelve
value = {"a": [1, 2.5, None, {3}], "b": b"x"}
assert pickle.loads(pickle.dumps(value)) == value == copy.deepcopy(value)
with shelve.open("shelf") as shelf:
    shelf["key"] = value
with shelve.open("shelf") as shelf:
    assert shelf["key"] == value
print("fine")
""",
    ),
    Control(
        "contexts, generators and closures",
        """
import contextvars, gc, weakref
variable = contextvars.ContextVar("variable", default=1)
context = contextvars.copy_context()
context.run(variable.set, 2)
assert variable.get() == 1 and context[variable] == 2
class Thing:
    pass
thing = Thing()
reference = weakref.ref(thing)
del thing
gc.collect()
assert reference() is None and gc.isenabled()
print("fine")
""",
    ),
    Control(
        "two hundred megabytes",
        'data = bytearray(200 << 20)\ndata[::4096] = b"x" * len(data[::4096])\nprint("fine")\n',
    ),
    Control(
        "much output",
        """
for number in range(70_000):
    print("a line of a hundred characters or nearly so, number", number, "." * 30)
print("fine")
""",
    ),
    Control(
        "input that is empty",
        'assert sys.stdin.read() == ""\nassert os.read(0, 10) == b""\nprint("fine")\n',
    ),
    Control(
        "numbers that take long",
        """
import decimal, fractions, math, statistics
assert math.factorial(2000) % 1000 == 0 and pow(3, 10 ** 5, 10 ** 9 + 7)
assert decimal.Decimal(1) / 3 and fractions.Fraction(1, 3) * 3 == 1
assert statistics.mean(range(1000)) == 499.5
print("fine")
""",
    ),
    Control(
        "another interpreter",
        """
import subprocess
said = subprocess.check_output([sys.executable, "-m", "json.tool"], input=b'{"a": 1}')
assert json.loads(said) == {"a": 1}
print("fine")
""",
    ),
)
