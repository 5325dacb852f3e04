"""Templates of strangers: what honest ones need works, what others try is refused."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Message
from local_models.worker.templates import Template
from tests.models.tiny import BROKEN_TEMPLATE, CHATML, SPECIAL

TURNS = (Message("system", "be brief"), Message("user", " hello "))
DOUBLING = (
    "{{% set n = namespace(x='xx') %}}{{% for _ in range(99) %}}"
    "{{% set n.x = n.x {} n.x %}}{{% endfor %}}"
)
LLAMA = """{{- bos_token }}
{%- set ns = namespace(first=true) %}
{%- for message in messages %}
    {%- if message.role == 'system' and loop.first %}
        {{- '<<SYS>>' + message['content'] | trim + '<</SYS>>' }}
    {%- elif message.role not in ['user', 'assistant'] %}
        {{- raise_exception('unknown role ' ~ message.role) }}
    {%- else %}
        {%- generation %}{{- message.role.upper()[:4] ~ ': ' ~ message.content.strip() }}
        {%- endgeneration %}
        {%- if not loop.last %}{% continue %}{% endif %}
        {%- set ns.first = false %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt and not ns.first %}{{ '\n' ~ eos_token }}{% endif %}"""


def _rendered(source: str | None, *messages: Message, answer: bool = True) -> str:
    made = Template(source, "<s>", "</s>", SPECIAL)
    return "".join(made.render(messages or TURNS, answer=answer))


def test_turns_are_written_as_the_template_says() -> None:
    assert _rendered(CHATML) == (
        "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\n hello <|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert not _rendered(CHATML, answer=False).endswith("assistant\n")


def test_what_real_templates_use_is_there() -> None:
    assert _rendered(LLAMA) == "<s><<SYS>>be brief<</SYS>>USER: hello\n</s>"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("{{ messages | map(attribute='role') | join(', ') }}", "system, user"),
        ("{{ messages[0] | tojson }}", json.dumps({"role": "system", "content": "be brief"})),
        ("{{ messages | selectattr('role', 'equalto', 'user') | list | length }}", "1"),
        ("{{ 'a b' | replace('a', 'c') }}{{ 'x'.replace('x', 'y') }}", "c by"),
        ("{{ tools is defined }}{{ tools | default('none') }}", "Falsenone"),
        ("{{ 'a\nb' | indent(2) }}", "a\n  b"),
        ("{{ 3 * 'ab' }}{{ 'ab' * 2 }}{{ 2 ** 3 }}{{ 7 % 4 }}", "abababababab83"[:10] + "83"),
    ],
)
def test_filters_and_operators_are_those_of_jinja(source: str, wanted: str) -> None:
    assert _rendered(source) == wanted


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (None, "no chat template"),
        ("", "no chat template"),
        (BROKEN_TEMPLATE, "broken"),
        ("{% include '/etc/passwd' %}", "broken"),
        ("{{ 'x' | pprint }}", "pprint"),
        ("{{ messages[7].content.x }}", "no element 7"),
        ("{{ raise_exception('roles must alternate') }}", "roles must alternate"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ messages.append(1) }}", "unsafe"),
        ("{{ (lambda)() }}", "broken"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{{ 'x' * 10 ** 9 }}", "characters"),
        ("{{ [0] * 1000000000 }}", "characters"),
        ("{{ 10 ** 10000000 }}", "characters"),
        ("{{ '%1000000000d' % 1 }}", "characters"),
        ("{{ 'x'.ljust(1000000000) }}", "unsafe"),
        ("{{ '{:1000000000}'.format(1) }}", "much of little"),
        ("{{ 'x' | center(1000000000) }}", "center"),
        ("{{ ('x' * 9999).replace('x', 'x' * 9999) }}", "characters"),
        ("{{ ('x' * 9999) | replace('x', 'x' * 9999) }}", "characters"),
        ("{{ ('x' * 9999) | join('y' * 9999) }}", "characters"),
        (DOUBLING.format("~"), "characters"),
        (DOUBLING.format("+"), "characters"),
        ("{% for _ in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", "characters"),
    ],
)
def test_what_no_honest_template_does_is_refused(source: str | None, why: str) -> None:
    with pytest.raises(WorkerError) as refused:
        _rendered(source)
    assert refused.value.kind == "template"
    assert why in refused.value.sentence
    assert refused.value.hint
    assert sys.gettrace() is None


_CONTENT = st.lists(st.sampled_from([*SPECIAL, "<|", "im_", "|>", "a", "\ue000", "\ue001"]))


@given(st.lists(_CONTENT.map("".join), min_size=1, max_size=4))
def test_no_message_spells_a_special_token_that_is_read_as_one(contents: list[str]) -> None:
    """Each part is read by itself, so that only what the template wrote can be whole in one."""
    turns = [Message("user", content) for content in contents]
    parts = Template(CHATML, "", "", SPECIAL).render(turns, answer=False)
    assert "".join(parts) == "".join(
        f"<|im_start|>user\n{content}<|im_end|>\n" for content in contents
    )
    assert sum(part.count("<|im_start|>") for part in parts) == len(turns)
    assert sum(part.count("<|im_end|>") for part in parts) == len(turns)
    assert not any("<|endoftext|>" in part for part in parts)
