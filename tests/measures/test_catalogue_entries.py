"""The catalogue names columns that there are, and says everything of every measure."""

from dataclasses import fields

import pytest

from overread.measures.catalogue import CATALOGUE, Measure
from overread.model.facts import TABLES

COLUMNS = {f"{table.name}.{column.name}" for table in TABLES.values() for column in table.columns}


@pytest.mark.parametrize("measure", CATALOGUE.values(), ids=lambda measure: measure.id)
def test_an_entry_is_whole(measure):
    assert measure.input_columns
    assert set(measure.input_columns) <= COLUMNS
    texts = [f.name for f in fields(Measure) if f.type == "str"]
    assert [name for name in texts if not getattr(measure, name).strip()] == []
    assert "?" in measure.question
    assert any("\u4e00" <= letter <= "\u9fff" for letter in measure.name_zh_hant)


def test_names_are_told_apart():
    for name in ("name", "name_zh_hant"):
        names = [getattr(measure, name) for measure in CATALOGUE.values()]
        assert len(set(names)) == len(names)
