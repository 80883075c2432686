"""The contract of a public docstring: every parameter, shape and error, the source of a formula, an example that runs.

numpydoc judges the form; what it does not know of is judged here. Examples are run where they stand, by pytest.
"""

import ast
import importlib
import inspect
import re
import textwrap
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import validate

PACKAGES = ("", ".factors", ".inference", ".model", ".results")
NOT_ASKED = {
    "ES01",  # a summary may be enough
    "SA01",  # "See Also": related names stand in the text, where they are needed
    "SS05",  # numpydoc takes the s of "Cronbach's alpha is" and the like for a third person
    "EX01",  # asked below, of what is called
}


def public() -> dict[str, Any]:
    """Functions and classes by the name that they were defined under."""
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(f"bayes_jeugdhulp{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return found


PUBLIC = public()
CLASSES = {name.split(".")[-1] for name, thing in PUBLIC.items() if inspect.isclass(thing)}


def sections(thing: Any) -> Any:
    """As they are written: numpydoc would add the fields of a class with slots by itself."""
    return ClassDoc(thing, config={"show_class_members": False}) if inspect.isclass(thing) else FunctionDoc(thing)


def is_result(thing: Any) -> bool:
    """Whether people are given it by a function, and read its attributes."""
    return inspect.isclass(thing) and bool(sections(thing)["Attributes"])


def says_it_all(kind: str) -> bool:
    """Whether a type is a public class, which has its own description."""
    return bool(re.fullmatch(r"(?:list of )?(\w+)(?:, optional)?", kind)) and bool(
        CLASSES & set(kind.split(", ")[0].split())
    )


@pytest.mark.parametrize("name", PUBLIC)
def test_numpydoc_finds_nothing(name: str) -> None:
    thing, found = PUBLIC[name], []
    doc = sections(thing)
    plain = {entry.name for entry in doc["Parameters"] if says_it_all(entry.type)}
    for code, message in validate(name)["errors"]:
        if code in NOT_ASKED or (code == "PR01" and is_result(thing)):
            continue
        if code == "PR07" and set(re.findall(r'"(.+?)"', message)) <= plain:
            continue
        if code == "RT03" and all(says_it_all(entry.type) for entry in doc["Returns"]):
            continue
        found.append(f"{code} {message}")
    assert found == []


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if is_dataclass(thing)])
def test_every_field_is_described(name: str) -> None:
    doc = sections(PUBLIC[name])
    described = {part.strip() for entry in doc["Attributes"] or doc["Parameters"] for part in entry.name.split(",")}
    assert {field.name for field in fields(PUBLIC[name])} <= described


@pytest.mark.parametrize("name", PUBLIC)
def test_arrays_have_their_shape_and_tables_their_rows(name: str) -> None:
    doc, bare = sections(PUBLIC[name]), []
    for entry in [*doc["Parameters"], *doc["Attributes"], *doc["Returns"]]:
        text = f"{entry.type} {' '.join(entry.desc)}"
        if re.search(r"\b(ndarray|array)\b", entry.type) and "shape" not in text:
            bare.append(f"{entry.name}: {text}; an array needs its shape")
        if re.search(r"\b(DataFrame|Series)\b", entry.type) and not re.search(r"\bindex|\brow|\bby\b|like ``", text):
            bare.append(f"{entry.name}: {text}; a table needs what a row is")
        if "xarray.Data" in entry.type and not re.search(r"[Gg]roup|dim|fit|draws|[Ii]mputation", text):
            bare.append(f"{entry.name}: {text}; what dims or groups?")
    assert bare == []


@pytest.mark.parametrize("name", PUBLIC)
def test_every_error_that_it_raises_itself_is_told(name: str) -> None:
    thing = PUBLIC[name]
    tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    own = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else tree.body
    nodes = [node for part in own if not isinstance(part, ast.ClassDef) for node in ast.walk(part)]
    raised = {
        ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        for node in nodes
        if isinstance(node, ast.Raise) and node.exc
    }
    text = inspect.getdoc(thing) or ""
    methods = " ".join(inspect.getdoc(member) or "" for _, member in inspect.getmembers(thing, inspect.isfunction))
    told = set(re.findall(r"^\s*(\w+Error)$", text + "\n" + methods, flags=re.M)) | {
        entry.type or entry.name for entry in sections(thing)["Raises"]
    }
    assert {error for error in raised if not error.startswith("_")} <= told


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if re.search(":math:|math::", thing.__doc__)])
def test_a_formula_has_its_source(name: str) -> None:
    assert re.search(r"\b(1[89]|20)\d\d\b", PUBLIC[name].__doc__)


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if not is_result(thing)])
def test_there_is_an_example_that_is_run(name: str) -> None:
    example = "\n".join(sections(PUBLIC[name])["Examples"])
    assert ">>>" in example
    assert "+SKIP" not in example
