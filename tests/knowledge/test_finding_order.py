"""The order of what the index finds: names first, and code that is all alike."""

from __future__ import annotations

from tests.knowledge.pieces import fill, find, paths, piece
from tests.models.minilm import FOLDER, needs_files
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.workspace import Workspace


async def test_the_name_that_was_asked_for_comes_first(index: FoundIndex) -> None:
    await index.put("s", "calls.py", [piece("parse_args() parse_args() parse_args()", "calls.py")])
    defined = piece("def parse_args(): ...", "cli.py", kind="code", symbol="Command.parse_args")
    await index.put("s", "cli.py", [defined])
    hit, *_ = await find(index, "parse_args")
    assert hit.passage.path == "cli.py"
    assert (hit.reasons[0].why, hit.reasons[0].what) == ("symbol", "parse_args")


async def test_the_name_comes_first_however_much_else_is_said_of_it(index: FoundIndex) -> None:
    asked = "parse_args of the frobnicator, the zebra, the xylophone and the quagga"
    await index.put("s", "talk.md", [piece(f"{asked} {asked}", "talk.md")])
    await fill(index, {f"{at}.md": ["nothing of it"] for at in range(40)})
    await index.put("s", "cli.py", [piece("def f(): ...", "cli.py", symbol="parse_args")])
    assert (await paths(index, asked))[:2] == ["cli.py", "talk.md"]


@needs_files
async def test_code_that_is_all_alike_is_found_all_the_same(workspace: Workspace) -> None:
    workspace.make()
    index = await open_index(workspace, FOLDER)
    for at in range(12):
        rare = "zyzzyva" if at < 3 else ""
        code = piece(f"def area(w, h):\n    return w * h  # {rare}", f"{at}.py", kind="code")
        await index.put("s", f"{at}.py", [code])
    await index.flush()
    found = await find(index, "why did the zyzzyva never call on friday?")
    assert sum(bool(hit.marks) for hit in found[:3]) == 3
    assert len(found) == 10
    await index.close()


@needs_files
async def test_the_name_comes_first_where_all_code_is_alike(workspace: Workspace) -> None:
    workspace.make()
    index = await open_index(workspace, FOLDER)
    asked = "parse_args of the frobnicator, the zebra and the quagga"
    await index.put("s", "talk.md", [piece(f"{asked}. {asked}.", "talk.md")])
    for at in range(30):
        name = "parse_args" if at == 20 else f"f{at}"
        code = piece("def f(): ...", f"{at}.py", kind="code", symbol=name)
        await index.put("s", f"{at}.py", [code])
    await index.flush()
    assert (await paths(index, asked))[:2] == ["20.py", "talk.md"]
    await index.close()
