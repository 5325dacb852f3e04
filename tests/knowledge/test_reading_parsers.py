"""Each kind of file is cut where its structure has seams, with exact lines."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask, Part

PADDING = "x" * 450
"""Makes a class large enough to be parted."""


def read(
    folder: Path, name: str, content: str | bytes, kind: str = "", module: str = ""
) -> tuple[Part, ...]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    parsed = parse(Ask(str(folder), name, kind, module))
    assert parsed.reason == ""
    return parsed.parts


def by_symbol(parts: tuple[Part, ...]) -> dict[str, Part]:
    return {part.symbol: part for part in parts if part.symbol}


def test_python(tmp_path: Path) -> None:
    text = f'''"""About it."""
import os

# Says hello.
@cached
def hello(name):
    return name

class Big:
    """Big: {PADDING}"""

    def small(self):
        return 1

    async def other(self): ...

if os.name:
    def hidden(): return "{PADDING}"
'''
    parts = by_symbol(read(tmp_path, "a/b.py", text))
    assert set(parts) == {"hello", "Big", "Big.small", "Big.other", "hidden"}
    hello = parts["hello"]
    assert (hello.first, hello.last, hello.kind, hello.language) == (4, 7, "code", "python")
    assert hello.text.startswith("# Says hello.\n@cached")
    assert parts["Big.small"].heading == ("Big",)
    assert (parts["Big.small"].first, parts["Big.small"].last) == (12, 13)


def test_python_that_does_not_parse_is_text(tmp_path: Path) -> None:
    (part,) = read(tmp_path, "a.py", "def broken(:\n    print 'hello world'\n")
    assert (part.first, part.last, part.symbol) == (1, 2, "")


def test_a_package_says_signatures_docstrings_and_examples(tmp_path: Path) -> None:
    text = '''"""The module."""

def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    >>> add(1)
    2
    """
    secret_of_the_body = a + b
    return secret_of_the_body

class Box:
    """A box."""
    def open(self): return "unsaid"
'''
    parts = by_symbol(read(tmp_path, "pkg/m.py", text, kind="package", module="pkg.m"))
    assert set(parts) == {"pkg.m", "pkg.m.add", "pkg.m.Box", "pkg.m.Box.open"}
    add = parts["pkg.m.add"]
    assert ">>> add(1)" in add.text
    assert "secret_of_the_body" not in add.text
    assert (add.first, add.last, add.kind) == (3, 8, "package")


def test_markdown(tmp_path: Path) -> None:
    text = """---
title: front
---
Before.

# One #

Text of *one*.

```sh
# no heading
```

Two
---

Text of two.

### Three
deep
"""
    parts = read(tmp_path, "a.md", text)
    assert [(part.heading, part.first, part.last) for part in parts] == [
        ((), 1, 4),
        (("One",), 6, 12),
        (("One", "Two"), 14, 17),
        (("One", "Two", "Three"), 19, 20),
    ]


def test_restructured_text(tmp_path: Path) -> None:
    text = """=====
Title
=====

Intro.

Part
----

Text, and a table:

===  ===
a    b
===  ===

Sub
~~~
deep

Next
----
more
"""
    parts = read(tmp_path, "a.rst", text)
    assert [(part.heading, part.first) for part in parts] == [
        (("Title",), 1),
        (("Title", "Part"), 7),
        (("Title", "Part", "Sub"), 16),
        (("Title", "Next"), 20),
    ]


def test_html_keeps_the_main_text_and_its_lines(tmp_path: Path) -> None:
    filling = "Words of the page. " * 12
    text = f"""<html><head><title>T</title><script>var hidden = 1;</script></head>
<body><nav>Menu entry</nav>
<main>
<h1>Head &amp; shoulders</h1>
<p>{filling}<b>bold</b>
</p>
<h2>Code</h2>
<pre>first line
second line</pre>
</main><footer>Imprint</footer></body></html>"""
    parts = read(tmp_path, "a.html", text)
    assert [part.heading for part in parts] == [
        ("Head & shoulders",),
        ("Head & shoulders", "Code"),
    ]
    assert (parts[0].first, parts[0].last) == (4, 5)
    assert (parts[1].first, parts[1].last) == (7, 9)
    said = "\n".join(part.text for part in parts)
    assert "second line" in said
    assert not any(word in said for word in ("hidden", "Menu", "Imprint"))


def test_a_notebook(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Start\n", "\n", "Prose here."]},
        {
            "cell_type": "code",
            "source": ["import os\n", 'print("gr\u00fc\u00dfe")'],
            "outputs": [{"output_type": "stream", "text": ["gr\u00fc\u00dfe\n"]}],
        },
    ]
    text = json.dumps({"cells": cells, "metadata": {}}, indent=1, ensure_ascii=False)
    prose, code = read(tmp_path, "a.ipynb", text)
    lines = text.split("\n")
    assert prose.heading == code.heading == ("Start",)
    assert (prose.language, code.language, code.kind) == ("markdown", "python", "notebook")
    assert "# Start" in lines[prose.first - 1]
    assert "Prose here" in lines[prose.last - 1]
    assert "import os" in lines[code.first - 1]
    assert code.text.endswith("gr\u00fc\u00dfe")


def test_a_manual_page(tmp_path: Path) -> None:
    text = r""".TH TOOL 1 "2026" "v1"
.SH NAME
tool \- does \fBthings\fR
.SH OPTIONS
.TP
.BR \-v ", " \-\-verbose
Say more.
.SS Rare
.I file
"""
    parts = read(tmp_path, "tool.1.gz", gzip.compress(text.encode()))
    assert [(part.heading, part.first, part.last) for part in parts] == [
        (("tool(1)", "NAME"), 2, 3),
        (("tool(1)", "OPTIONS"), 4, 7),
        (("tool(1)", "OPTIONS", "Rare"), 8, 9),
    ]
    assert "tool - does things" in parts[0].text
    assert "-v, --verbose" in parts[1].text


def test_a_manual_page_of_bsd(tmp_path: Path) -> None:
    text = (
        ".Dd 2026\n.Dt TOOL 8\n.Sh NAME\n.Nm tool\n.Nd does things\n.Sh OPTIONS\n.It Fl v Ar file\n"
    )
    parts = read(tmp_path, "tool.8", text)
    assert parts[0].heading == ("tool(8)", "NAME")
    assert parts[0].text == "NAME\ntool\ndoes things"
    assert "-v file" in parts[1].text


SAMPLES = {
    "a.js": "function one() {}\nconst two = () => 2;\nclass Three { m() {} }\nlet no = 1;\n",
    "a.ts": f"""export interface Shape {{ area(): number }}
export class Big {{
  a() {{ return '{PADDING}' }}
  b = () => '{PADDING}';
}}
""",
    "a.tsx": "export const View = () => <b>hi</b>;\n",
    "a.go": "package a\n\ntype P struct{}\n\nfunc (p *P) Move() {}\n\nfunc main() {}\n",
    "a.rs": f"""struct P;
impl P {{
  fn new() {{}}
  // {PADDING}
  // {PADDING}
  fn old() {{}}
}}
""",
    "a.c": """#define MAX(a, b) a
typedef struct n { int v; } n_t;
static char *f(int a)
{ return 0; }
""",
    "a.cpp": f"""namespace geo {{
template <typename T>
class Big {{
  T a() {{ /* {PADDING} */ }}
  T b() {{ /* {PADDING} */ }}
}};
}}
""",
    "a.java": f"""class Big {{
  Big() {{ /* {PADDING} */ }}
  int get() {{ /* {PADDING} */ }}
}}
""",
}
DEFINED = {
    "a.js": {"one", "two", "Three"},
    "a.ts": {"Shape", "Big", "Big.a", "Big.b"},
    "a.tsx": {"View"},
    "a.go": {"P", "P.Move", "main"},
    "a.rs": {"P", "P::new", "P::old"},
    "a.c": {"MAX", "n_t", "f"},
    "a.cpp": {"geo", "geo::Big", "geo::Big::a", "geo::Big::b"},
    "a.java": {"Big", "Big.Big", "Big.get"},
}


@pytest.mark.parametrize("name", SAMPLES)
def test_other_languages(tmp_path: Path, name: str) -> None:
    text = SAMPLES[name]
    parts = read(tmp_path, name, text)
    assert set(by_symbol(parts)) == DEFINED[name]
    lines = text.split("\n")
    for part in parts:
        assert part.kind == "code"
        assert part.text == "\n".join(lines[part.first - 1 : part.last])


def test_comments_belong_to_what_they_stand_above(tmp_path: Path) -> None:
    parts = by_symbol(
        read(tmp_path, "a.go", "package a\n\n// Moves it.\n// Far.\nfunc move() {}\n")
    )
    assert (parts["move"].first, parts["move"].last) == (3, 5)


def test_unknown_text_is_read_as_text(tmp_path: Path) -> None:
    (part,) = read(tmp_path, "NOTES.weird", "Some remark.\n")
    assert (part.kind, part.language) == ("text", "text")
    (part,) = read(tmp_path, "tool", "#!/usr/bin/env python3\ndef f(): pass\n")
    assert (part.language, part.symbol) == ("python", "f")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("gr\u00fc\u00dfe".encode("utf-16"), "gr\u00fc\u00dfe"),
        (b"\xef\xbb\xbfmark", "mark"),
        (
            "Stra\u00dfe und \u00c4pfel, in einem l\u00e4ngeren Satz".encode("latin-1"),
            "Stra\u00dfe und",
        ),
        (
            "# -*- coding: koi8-r -*-\n\u043f\u0440\u0438\u0432\u0435\u0442".encode("koi8-r"),
            "\u043f\u0440\u0438\u0432\u0435\u0442",
        ),
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, said: str) -> None:
    (part,) = read(tmp_path, "a.txt", content)
    assert said in part.text


def test_the_same_digest_is_told_and_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    first = parse(Ask(str(tmp_path), "a.txt"))
    again = parse(Ask(str(tmp_path), "a.txt", known=first.digest))
    assert (again.same, again.parts, again.digest) == (True, (), first.digest)
