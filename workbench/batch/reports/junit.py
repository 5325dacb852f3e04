"""JUnit XML, as CI servers read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

from workbench.api.views import TestCase
from workbench.batch.reports.text import xml
from workbench.batch.result import Ended, Result
from workbench.errors import ExitCode

_SUITE = "workbench"
_TOLD_ELSEWHERE = frozenset({ExitCode.OK, ExitCode.FINDINGS, ExitCode.APPROVAL})
_ELEMENTS = {"failed": "failure", "error": "error", "skipped": "skipped", "xfailed": "skipped"}


def junit(result: Result) -> bytes:
    """Return one suite with every test, and what the steps came to as its properties."""
    has_clock = any(step.seconds is not None for step in result.steps)
    cases = [*_tests(result.cases, has_clock=has_clock), *_broken(result.steps)]
    suites = ET.Element("testsuites")
    suite = ET.SubElement(suites, "testsuite", name=_SUITE)
    for element in (suites, suite):
        element.attrib |= _counts(cases)
        if has_clock:
            element.set("time", f"{sum(case.seconds for case in result.cases):.3f}")
    _properties(suite, result)
    suite.extend(cases)
    ET.indent(suites, " ")
    written: bytes = ET.tostring(suites, "utf-8", xml_declaration=True)
    return written + b"\n"


def _tests(cases: Iterable[TestCase], *, has_clock: bool) -> Iterator[ET.Element]:
    for case in cases:
        group, name = split(case.id)
        element = _case(group, name, _ELEMENTS.get(case.outcome, ""), case.message)
        if has_clock:
            element.set("time", f"{case.seconds:.3f}")
        yield element


def _broken(steps: Iterable[Ended]) -> Iterator[ET.Element]:
    """Yield what kept the batch from its end: a green suite would say that all is well."""
    for step in steps:
        if step.code not in _TOLD_ELSEWHERE:
            name = f"step {step.number}: {step.do}"
            yield _case(_SUITE, name, "error", f"{step.sentence} {step.hint}".strip())


def _case(group: str, name: str, kind: str, message: str) -> ET.Element:
    element = ET.Element("testcase", classname=xml(group), name=xml(name))
    if kind:
        first = xml(message.partition("\n")[0])
        ET.SubElement(element, kind, message=first).text = xml(message)
    return element


def _counts(cases: Iterable[ET.Element]) -> dict[str, str]:
    every = list(cases)
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    found = {
        name: sum(case.find(kind) is not None for case in every) for name, kind in kinds.items()
    }
    return {name: str(count) for name, count in {"tests": len(every), **found}.items()}


def _properties(suite: ET.Element, result: Result) -> None:
    properties = ET.SubElement(suite, "properties")
    told = {"plan": result.plan, "workbench": result.version, "exit_code": int(result.exit_code)}
    told |= {f"step {step.number} {step.do}": step.outcome for step in result.steps}
    told |= {f"proposal {one.name}": one.made.why or one.made.operator for one in result.repairs}
    for name, value in told.items():
        ET.SubElement(properties, "property", name=xml(name), value=xml(str(value)))


def split(test: str) -> tuple[str, str]:
    """Return the group of a test and its name, as pytest's own report has them."""
    whole, bracket, parameters = test.partition("[")
    *above, name = whole.split("::")
    group = "::".join(above).removesuffix(".py").replace("/", ".").replace("::", ".")
    group = group.replace(".py.", ".")
    return group, f"{name}{bracket}{parameters}"
