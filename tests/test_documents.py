"""The generated pages of docs/ say what the code says."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"
SPEC = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(generate)


@pytest.mark.parametrize("name", sorted(generate.DOCUMENTS))
def test_generated_documents_are_current(name):
    assert (DOCS / name).read_text(encoding="utf-8") == generate.DOCUMENTS[name](), (
        "run python docs/generate.py"
    )
