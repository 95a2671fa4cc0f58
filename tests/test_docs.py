"""The names in the documents exist: functions by their full path, files and modules of the project."""

import re
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
NAMES = re.compile(r"`((?:members|pairing|activities|reports|volunteer_portal)(?:\.(?!E\d)\w+)+)`")
PATHS = re.compile(
    r"`((?:members|pairing|activities|reports|volunteer_portal|tests|docs|deploy|templates)/[\w./]+)`"
)


def found_in(documents, pattern) -> list[tuple[str, str]]:
    return [
        (document.name, name)
        for document in documents
        for name in pattern.findall(document.read_text("utf-8"))
    ]


def exists(name: str) -> bool:
    try:
        import_string(name)
    except ImportError:
        return False
    return True


@pytest.mark.parametrize(("document", "name"), sorted(set(found_in(DOCUMENTS, NAMES))))
def test_a_function_that_a_document_names_exists(document, name):
    assert exists(name), f"{document} names {name}"


@pytest.mark.parametrize(("document", "path"), sorted(set(found_in(DOCUMENTS, PATHS))))
def test_a_file_that_a_document_names_exists(document, path):
    assert (ROOT / path).exists() or list(ROOT.glob(f"{path}.py")), f"{document} names {path}"


def test_the_architecture_names_the_functions_of_its_flows():
    assert len(found_in([ROOT / "docs/architecture.md"], NAMES)) > 30


CHANGES = re.findall(r"^\|.*\| ([\w/]+\.py)::(\w+) \|$", (ROOT / "docs/architecture.md").read_text(), re.M)


@pytest.mark.parametrize(("path", "test"), CHANGES)
def test_each_change_that_the_architecture_lists_has_its_test(path, test):
    assert f"def {test}(" in (ROOT / "tests" / path).read_text()


def test_the_architecture_lists_the_changes():
    assert len(CHANGES) > 20
