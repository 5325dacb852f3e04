"""Settings are merged as documented, know their origin, and refuse in one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from workbench import settings, trust
from workbench.errors import ConfigurationError, UsageError
from workbench.settings import Entry, Layer, Origin, Settings, merge, user_file
from workbench.settings.layers import LARGEST_FILE, LONGEST_LINE, variable
from workbench.settings.schema import KEYS, find_key, table_of
from workbench.shipped import config_file
from workbench.workspace import Workspace

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "host.idle_seconds": st.floats(0, 31_536_000),
    "interface.theme": st.sampled_from(["auto", "dark", "light", "16-colour", "no-colour"]),
    "interface.mouse": st.booleans(),
    "interface.editor": st.sampled_from(["", "vi", "code --wait", 'a "b" # c', "é\t"]),
    "sandbox.minimum": st.sampled_from(["reduced", "full"]),
    "sandbox.memory_mb": st.integers(128, 1_048_576),
}
IDS = {
    f"{table}.{name}": st.sampled_from(["q", "ctrl+q,f10", ""])
    for table in ("keymap", "sandbox.environment")
    for name in ("quit", "a.b")
}
SHIPPED = {
    f"{section}.{key}": value
    for section, keys in tomllib.loads(config_file("defaults.toml").read_text()).items()
    for key, value in keys.items()
    if not isinstance(value, dict)
}
layers = st.fixed_dictionaries({}, optional=VALUES | IDS)
spoken = st.fixed_dictionaries({}, optional=VALUES)
"""What variables can say: they have no way to name an entry of a table."""


def spelled(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def document(values: Mapping[str, object]) -> str:
    lines = []
    for name, value in values.items():
        section, key = place(name)
        lines.append(f"{section}.{json.dumps(key)} = {spelled(value)}\n")
    return "".join(lines)


def place(name: str) -> tuple[str, str]:
    """Return the section or table that a setting is in, and what it is called there."""
    above = table_of(name) or name.partition(".")[0]
    return above, name.removeprefix(above + ".")


def as_text(value: object) -> str:
    return value if isinstance(value, str) else spelled(value)


def read(workspace: Workspace, text: str | bytes) -> Settings:
    """Load the settings of a project whose own file is `text`."""
    data = text.encode() if isinstance(text, str) else text
    workspace.settings_file.write_bytes(data)
    return settings.load(workspace, environ={})


def refusal(workspace: Workspace, text: str | bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(workspace, text)
    assert caught.value.hint
    return caught.value.sentence.removeprefix(str(workspace.settings_file)).removeprefix(", ")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers()), max_size=5))
def test_the_first_layer_that_says_it_wins(said: list[dict[str, int]]) -> None:
    entries = [
        [Entry(name, value, Origin(Layer.USER, str(number))) for name, value in layer.items()]
        for number, layer in enumerate(said)
    ]
    merged = merge(*entries)
    assert set(merged) == {name for layer in said for name in layer}
    for name, entry in merged.items():
        first = next(number for number, layer in enumerate(said) if name in layer)
        assert (entry.value, entry.origin.source) == (said[first][name], str(first))


@given(
    said=st.fixed_dictionaries(
        {**dict.fromkeys(Layer, layers), Layer.ENVIRONMENT: spoken, Layer.SHIPPED: st.just(SHIPPED)}
    ),
    trusted=st.booleans(),
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_layers_are_merged_as_documented(
    workspace: Workspace, said: dict[Layer, dict[str, Any]], trusted: bool
) -> None:
    project, user = said[Layer.PROJECT], said[Layer.USER]
    workspace.settings_file.write_text(document(project), encoding="utf-8")
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text("# mine\n" + document(user), encoding="utf-8")
    trust.revoke(workspace.project)
    if trusted:
        trust.grant(workspace.project, settings.load_project_file(workspace).sha256)
    flags = [f"{name}={as_text(value)}" for name, value in said[Layer.FLAG].items()]
    environ = {variable(name): as_text(value) for name, value in said[Layer.ENVIRONMENT].items()}

    loaded = settings.load(workspace, flags, environ)

    withheld = {} if trusted else {name: project[name] for name in project if widens(name)}
    counted = {name: value for name, value in project.items() if name not in withheld}
    layered = said | {Layer.PROJECT: counted}
    assert set(loaded.entries) == {name for layer in layered.values() for name in layer}
    for name, entry in loaded.entries.items():
        layer = next(layer for layer in Layer if name in layered[layer])
        assert (entry.value, entry.origin.layer) == (layered[layer][name], layer)
        if layer in {Layer.PROJECT, Layer.USER}:
            before = 1 + (layer is Layer.USER)
            assert entry.origin.line == list(said[layer]).index(name) + before
        assert attribute(loaded, name) == entry.value
    assert {entry.name: entry.value for entry in loaded.withheld} == withheld
    assert settings.load(workspace, flags, environ) == loaded


def widens(name: str) -> bool:
    key = find_key(name)
    assert key is not None
    return key.widens


def attribute(loaded: Settings, name: str) -> object:
    above, key = place(name)
    found = attrgetter(above)(loaded)
    return found[key] if isinstance(found, dict) else getattr(found, key)


def test_every_key_has_a_default_and_a_sentence() -> None:
    assert set(SHIPPED) == {key.name for key in KEYS.values() if not key.is_table}
    for key in KEYS.values():
        assert key.help.endswith(".")
        assert key.wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "\n[interface]\nthme = 1",
            "line 3: there is no setting interface.thme; did you mean interface.theme?",
        ),
        ("theme = 'dark'", "line 1: there is no setting theme; did you mean interface.theme?"),
        ("[hots]\nx = 1", "line 1: there is no setting hots; did you mean host?"),
        (
            "host = { idle = 1 }",
            "line 1: there is no setting host.idle; did you mean host.idle_seconds?",
        ),
        ("zzz = 1", "line 1: there is no setting zzz."),
        ("host = 3", "line 1: host is a section, set as [host] or host.KEY."),
        ("\n[[host]]\nx=1", "line 2: host is a section, set as [host] or host.KEY."),
        ("interface.mouse = 1", "line 1: interface.mouse must be true or false, not 1."),
        ('[interface]\n\nmouse="yes"', 'line 3: interface.mouse must be true or false, not "yes".'),
        ("interface.editor = ['vi']", "line 1: interface.editor must be text, not a list."),
        (
            "[host.idle_seconds]",
            "line 1: host.idle_seconds must be a number from 0 to 31536000, not a table.",
        ),
        (
            "host.idle_seconds = nan",
            "line 1: host.idle_seconds must be a number from 0 to 31536000, not nan.",
        ),
        (
            "interface.theme = 1",
            f"line 1: interface.theme must be {KEYS['interface.theme'].wanted}, not 1.",
        ),
        ("[keymap]\nquit = 1", "line 2: keymap.quit must be text, not 1."),
        ("[sandbox.environment]\nA = 1", "line 2: sandbox.environment.A must be text, not 1."),
        (
            "sandbox.environment = 3",
            (
                "line 1: sandbox.environment is a section, "
                "set as [sandbox.environment] or sandbox.environment.KEY."
            ),
        ),
        (
            "sandbox.processes = 0.5",
            "line 1: sandbox.processes must be a number from 1 to 4096, not 0.5.",
        ),
        ('keymap.a.b = "x"\nkeymap."a.b" = "y"', "line 2: keymap.a.b is set twice."),
        ("[host]\nx =", "at its end: this is not TOML: Invalid value."),
        (
            "\n\n[host",
            "at its end: this is not TOML: Expected ']' at the end of a table declaration.",
        ),
        (
            "\nx = 1 2",
            "line 2: this is not TOML: Expected newline or end of document after a statement.",
        ),
        (b"[host]\n# \xff", "line 2: this is not UTF-8 text."),
        (
            '"\\u001b[2J\\n\\u202e" = 1',
            "line 1: there is no setting \u241b[2J\u240a\u27e8U+202E\u27e9.",
        ),
        ("\nx = " + "[" * LONGEST_LINE, "line 2: this line is too long."),
        ("#\n" * LARGEST_FILE, " is larger than 64 KiB."),
        ("x = " + "[\n" * 20_000, " is nested too deeply."),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(
    workspace: Workspace, text: str | bytes, sentence: str
) -> None:
    assert refusal(workspace, text) == sentence


def test_a_file_with_a_mark_and_foreign_line_ends_is_read(workspace: Workspace) -> None:
    loaded = read(workspace, b"\xef\xbb\xbf[host]\r\n\r\nidle_seconds = 5\r\n")
    assert loaded.host.idle_seconds == 5
    assert loaded.entries["host.idle_seconds"].origin.line == 3


def test_a_pipe_in_place_of_the_file_does_not_hang(workspace: Workspace) -> None:
    os.mkfifo(workspace.settings_file)
    with pytest.raises(ConfigurationError, match="is not a file"):
        settings.load(workspace, environ={})


def test_a_misspelt_variable_is_refused_and_a_strangers_is_not_ours(workspace: Workspace) -> None:
    settings.load(workspace, environ={"WORKBENCH_PORT": "tcp://1.2.3.4", "THEME": "x"})
    with pytest.raises(ConfigurationError, match="did you mean WORKBENCH_HOST_IDLE_SECONDS"):
        settings.load(workspace, environ={"WORKBENCH_HOST_IDEL_SECONDS": "1"})
    with pytest.raises(ConfigurationError, match=r"WORKBENCH_INTERFACE_MOUSE: .* not \"maybe\""):
        settings.load(workspace, environ={"WORKBENCH_INTERFACE_MOUSE": "maybe"})


def test_a_flag_must_name_and_set_something(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="SECTION"):
        settings.load(workspace, ["host.idle_seconds"], {})
    with pytest.raises(ConfigurationError, match=r"--set host.idle=1: .* host.idle_seconds\?"):
        settings.load(workspace, ["host.idle=1"], {})


def test_the_last_flag_counts(workspace: Workspace) -> None:
    flags = ["host.idle_seconds=1", "keymap.quit=q", "host.idle_seconds=2"]
    loaded = settings.load(workspace, flags, {})
    assert loaded.host.idle_seconds == 2
    assert loaded.keymap == {"quit": "q"}


def test_loading_is_cheap_to_import() -> None:
    heavy = "{'asyncio', 'textual', 'duckdb', 'click'}"
    code = f"import sys, workbench.settings; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_generated_pages_are_fresh() -> None:
    script = Path(__file__).parents[2] / "docs" / "reference.py"
    found = subprocess.run(
        [sys.executable, script, "--check"], check=False, capture_output=True, text=True
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")
