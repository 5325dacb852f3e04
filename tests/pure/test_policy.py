"""What a policy allows: tables over its rules, and that more of them never allow more."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.api.deciding import Accept, Select
from workbench.api.events import Evidence, ProposalMade
from workbench.review.approval.changes import (
    CHANGES,
    Accepted,
    Change,
    Largeness,
    accepted_of,
    classify,
)
from workbench.review.approval.policy import (
    Approval,
    Approver,
    Large,
    Policy,
    Rule,
    check,
    is_untouchable,
    read_policy,
)
from workbench.review.reducer import Reviewing
from workbench.review.state import Acted, opened

PEOPLE = {name: Approver(logins=(name,)) for name in ("ann", "bob", "eve")}
LARGE = Large(lines=100, files=10)
SHIPPED = Policy(large=LARGE)
NAMED = Policy(large=LARGE, approvers=PEOPLE)
LINE = (b"a\n", b"b\n")


def accepted(
    *paths: str, edited: frozenset[str] = frozenset(), dangerous: frozenset[str] = frozenset()
) -> Accepted:
    return Accepted("p", dict.fromkeys(paths or ("a.py",), LINE), "e", edited, dangerous)


def yes(*names: str, signed: bool = False) -> list[Approval]:
    return [Approval(name, signed) for name in names]


def ruled(*rules: Rule, policy: Policy = NAMED) -> Policy:
    return msgspec.structs.replace(policy, rules=(*policy.rules, *rules))


def allows(policy: Policy, approvals: Iterable[Approval], what: Accepted | None = None) -> bool:
    return check(policy, what or accepted(), list(approvals)).is_allowed


def test_without_a_name_whoever_works_here_may_approve_and_nobody_else_is_needed() -> None:
    assert not allows(SHIPPED, [])
    assert allows(SHIPPED, yes("anybody"))
    assert not allows(SHIPPED, yes(""))


def test_where_somebody_is_named_nobody_else_counts() -> None:
    assert allows(NAMED, yes("ann"))
    assert not allows(NAMED, yes("mallory"))
    assert check(NAMED, accepted(), yes("mallory", "ann")).persons == ("ann",)


def test_nothing_accepted_is_nothing_to_allow() -> None:
    ruling = check(SHIPPED, Accepted("p", {}, "e"), yes("ann"))
    assert ruling.missing == ("Nothing of it is accepted yet.",)


@pytest.mark.parametrize(
    ("rule", "approvals", "is_allowed"),
    [
        (Rule("r"), yes("ann"), True),
        (Rule("r", needed=2), yes("ann"), False),
        (Rule("r", needed=2), yes("ann", "bob"), True),
        (Rule("r", needed=2), [*yes("ann"), *yes("ann", signed=True)], False),
        (Rule("r", needed=3), yes("ann", "bob"), False),
        (Rule("r", approvers=("bob",)), yes("ann"), False),
        (Rule("r", approvers=("bob",)), yes("bob"), True),
        (Rule("r", approvers=("bob", "eve"), needed=2), yes("ann", "bob"), False),
        (Rule("r", signed=True), yes("ann"), False),
        (Rule("r", signed=True), yes("ann", signed=True), True),
        (Rule("r", signed=True, needed=2), [*yes("ann", signed=True), *yes("bob")], False),
        (Rule("r", signed=True, approvers=("bob",)), yes("ann", signed=True), False),
        (Rule("r", paths=("b.py",), needed=2), yes("ann"), True),
        (Rule("r", paths=("a.py",), needed=2), yes("ann"), False),
        (Rule("r", changes=("ci",), needed=2), yes("ann"), True),
    ],
)
def test_a_rule_asks_for_persons(rule: Rule, approvals: list[Approval], is_allowed: bool) -> None:
    assert allows(ruled(rule), approvals) is is_allowed


@pytest.mark.parametrize(
    ("pattern", "path", "names_it"),
    [
        ("*.py", "a/b.py", True),
        ("/*.py", "a/b.py", False),
        ("/*.py", "b.py", True),
        ("billing/", "src/billing/a.py", True),
        ("/billing/", "src/billing/a.py", False),
        ("src/billing", "src/billing/deep/a.py", True),
        ("src/**/a.py", "src/x/y/a.py", True),
        ("src/*/a.py", "src/x/y/a.py", False),
        ("*.PEM", "key.pem", False),
        ("*.pem", "KEY.PEM", True),
        ("billing/", "Billing/a.py", True),
        ("[ab].py", "a.py", True),
    ],
)
def test_paths_are_named_as_in_gitignore_in_any_case(
    pattern: str, path: str, names_it: bool
) -> None:
    never = msgspec.structs.replace(SHIPPED, never=(pattern,))
    assert allows(never, yes("ann"), accepted(path)) is not names_it
    rule = ruled(Rule("r", paths=(pattern,), needed=2))
    assert allows(rule, yes("ann"), accepted(path)) is not names_it


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        "sub/.git/hooks/pre-commit",
        ".GIT/config",
        ".workbench/journal.duckdb",
        "workbench-policy.toml",
        "Workbench-Policy.TOML",
        ".git",
    ],
)
def test_what_no_policy_can_allow(path: str) -> None:
    assert is_untouchable(path)
    ruling = check(SHIPPED, accepted(path), yes("ann"))
    assert "is never written, whatever a policy says." in ruling.missing[0]


@pytest.mark.parametrize("path", ["git/a.py", "docs/workbench-policy.toml", ".gitter/a", "a.git"])
def test_what_only_looks_like_it_can_be_allowed(path: str) -> None:
    assert not is_untouchable(path)


def classes(what: Accepted) -> frozenset[Change]:
    (found,) = classify(what, Largeness(100, 10)).values()
    return found


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("tests/test_a.py", "test"),
        ("conftest.py", "test"),
        ("src/a_test.py", "test"),
        (".github/workflows/ci.yml", "ci"),
        (".github/workflows/test_all.yml", "ci"),
        (".gitlab-ci.yml", "ci"),
        ("Dockerfile", "ci"),
        ("pyproject.toml", "configuration"),
        ("pyproject.toml", "dependency"),
        ("settings/app.ini", "configuration"),
        (".flake8", "configuration"),
        ("workbench.toml", "configuration"),
        ("requirements-dev.txt", "dependency"),
        ("poetry.lock", "dependency"),
        ("web/package-lock.json", "dependency"),
    ],
)
def test_a_path_says_what_kind_of_change_it_is(path: str, change: Change) -> None:
    assert change in classes(accepted(path))
    assert not allows(ruled(Rule("r", changes=(change,), needed=2)), yes("ann"), accepted(path))


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (None, b"a\n", "new"),
        (None, b"", "new"),
        (b"a\n", None, "removed"),
        (b"", b"x\n" * 100, "large"),
        (b"x\n" * 100, b"", "large"),
        (b"x\n" * 99, None, "removed"),
        (b"a\n", b"a = '\xe2\x80\xae'\n", "deceptive"),
        (b"a\n", "p\u0430y = 1\n".encode(), "deceptive"),
        (b"a\n", b"a\x1b[2J\n", "deceptive"),
        (b"a\n", b"a\0\n", "deceptive"),
        (b"a\n", b"a\rb\n", "deceptive"),
    ],
)
def test_contents_say_what_kind_of_change_it_is(
    before: bytes | None, after: bytes | None, change: Change
) -> None:
    assert classes(Accepted("p", {"a.py": (before, after)}, "e")) == {change}


def test_an_ordinary_change_is_of_no_class() -> None:
    assert classes(accepted("src/a.py")) == frozenset()
    assert classes(Accepted("p", {"a.py": (b"", b"x\n" * 99)}, "e")) == frozenset()


def test_many_files_make_a_change_large() -> None:
    what = accepted(*(f"{at}.py" for at in range(10)))
    assert all("large" in one for one in classify(what, Largeness(100, 10)).values())
    assert not any(one for one in classify(what, Largeness(100, 11)).values())


def test_what_a_person_wrote_was_looked_at_by_no_rules() -> None:
    assert classes(accepted("a.py", edited=frozenset({"a.py"}))) == {"edited", "security"}
    assert classes(accepted("a.txt", edited=frozenset({"a.txt"}))) == {"edited"}
    assert classes(accepted("a.py", dangerous=frozenset({"a.py"}))) == {"security"}


def test_what_is_missing_is_told_by_rule_file_and_person() -> None:
    rule = Rule("money", paths=("billing/",), approvers=("bob", "eve"), needed=2, signed=True)
    ruling = check(ruled(rule), accepted("billing/a.py", "b.py"), yes("bob", signed=True))
    (said,) = ruling.missing
    assert said.startswith("money: billing/a.py needs 2 signed approvals of bob or eve,")
    assert said.endswith(" of different persons; there is 1.")


KINDS = (
    Rule("path", paths=("a.py",), approvers=("ann",)),
    Rule("class", changes=("test",), approvers=("bob",)),
    Rule("two", needed=2),
    Rule("signed", signed=True),
)
APPROVALS = [*yes("ann"), *yes("bob"), *yes("ann", "eve", signed=True)]


@pytest.mark.parametrize("path", ["a.py", "tests/test_a.py", "c.py"])
def test_all_kinds_of_rules_together_ask_for_what_each_asks(path: str) -> None:
    what = accepted(path)
    for count in range(len(KINDS) + 1):
        for rules in combinations(KINDS, count):
            for given_ in (
                list(some)
                for size in range(len(APPROVALS) + 1)
                for some in combinations(APPROVALS, size)
            ):
                each = [allows(ruled(rule), given_, what) for rule in rules]
                together = allows(ruled(*rules), given_, what)
                assert together is (all(each) and allows(NAMED, given_, what))


TEXTS = st.none() | st.lists(st.sampled_from([b"a\n", b"b\n", b"\x1b\n"]), max_size=8).map(b"".join)


@given(before=TEXTS, after=TEXTS, data=st.data())
def test_a_part_of_a_proposal_is_looked_at_as_what_it_is(
    before: bytes | None, after: bytes | None, data: st.DataObject
) -> None:
    """Scripts that are known are taken over only where they are those of what is accepted."""
    assume(before != after)
    state = opened([("a.py", before, after)])
    reviewing = Reviewing(state, lambda _: None)
    hunk = data.draw(st.sampled_from(state.hunks))
    places = tuple(data.draw(st.sets(st.sampled_from(hunk.places))))
    if places and len(places) < len(hunk.places):
        state = reviewing.reduce(state, Acted(Select(hunk.id, places)))
    chosen = data.draw(st.sampled_from(state.hunks))
    state = reviewing.reduce(state, Acted(Accept((chosen.id,))))
    found = accepted_of(state, MADE)
    plain = Accepted("p", {"a.py": (before, state.result["a.py"])}, found.evidence)
    assert classify(found, Largeness(3, 9)) == classify(plain, Largeness(3, 9))


MADE = ProposalMade(
    "p", "s", 1, 0.5, "", {}, "b", "r", "o", "", Evidence(("t",), 0, {}, 1, "e", "full", "proof")
)
NAMES = st.sampled_from(["ann", "bob", "eve"])
RULES = st.builds(
    Rule,
    name=st.just("r"),
    paths=st.lists(st.sampled_from(["*.py", "a/", "tests/", "*.toml"]), max_size=2).map(tuple),
    changes=st.lists(st.sampled_from(CHANGES), max_size=2).map(tuple),
    approvers=st.lists(NAMES, max_size=2).map(tuple),
    needed=st.integers(1, 3),
    signed=st.booleans(),
)
FILES = st.dictionaries(
    st.sampled_from(["a.py", "a/b.py", "tests/test_a.py", "pyproject.toml", "key.pem"]),
    st.sampled_from([LINE, (None, b"a\n"), (b"a\n", None), (b"a\n", b"\x1b\n")]),
    max_size=3,
)
YES = st.lists(
    st.builds(Approval, st.sampled_from(["ann", "bob", "eve", "mallory", ""]), st.booleans())
)
POLICIES = st.builds(
    Policy,
    large=st.builds(Large, lines=st.integers(1, 3), files=st.integers(1, 3)),
    approvers=st.sampled_from([{}, PEOPLE]),
    never=st.lists(st.sampled_from(["*.pem", "a/"]), max_size=1).map(tuple),
    rules=st.lists(RULES, max_size=3).map(tuple),
)


@given(policy=POLICIES, rule=RULES, files=FILES, approvals=YES)
def test_a_rule_more_never_allows_more(
    policy: Policy, rule: Rule, files: dict[str, tuple[bytes | None, bytes | None]],
    approvals: list[Approval],
) -> None:  # fmt: skip
    what = Accepted("p", files, "e")
    if allows(ruled(rule, policy=policy), approvals, what):
        assert allows(policy, approvals, what)


@given(policy=POLICIES, files=FILES, approvals=YES, pattern=st.sampled_from(["*.py", "tests/"]))
def test_a_path_more_never_allows_more(
    policy: Policy,
    files: dict[str, tuple[bytes | None, bytes | None]],
    approvals: list[Approval],
    pattern: str,
) -> None:
    what = Accepted("p", files, "e")
    more = msgspec.structs.replace(policy, never=(*policy.never, pattern))
    if allows(more, approvals, what):
        assert allows(policy, approvals, what)


@given(policy=POLICIES, files=FILES, approvals=YES, more=YES)
def test_an_approval_more_never_allows_less(
    policy: Policy,
    files: dict[str, tuple[bytes | None, bytes | None]],
    approvals: list[Approval],
    more: list[Approval],
) -> None:
    what = Accepted("p", files, "e")
    if allows(policy, approvals, what):
        assert allows(policy, [*approvals, *more], what)


@given(policy=POLICIES)
def test_a_policy_is_read_as_it_was_written_down(policy: Policy) -> None:
    again = read_policy(policy.text)
    assert again == policy
    assert again.digest == policy.digest
