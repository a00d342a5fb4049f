"""`overread map`: first lines from a sample, and no guess where a guess would move a month."""

import pytest
import yaml

from overread.feeds.mapping import Mapping
from overread.feeds.propose import date_formats, propose_mapping


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["03/04/26", "25/06/26"], "%d/%m/%y"),
        (["03/25/2026 10:15", "03/04/2026 11:00"], "%m/%d/%Y %H:%M"),
        (["03/25/2026 10:15:30 PM"], "%m/%d/%Y %I:%M:%S %p"),
        (["2026-03-04T10:00:00"], "%Y-%m-%dT%H:%M:%S"),
        (["25.06.2026"], "%d.%m.%Y"),
        (["03/04/2026", "05/06/2026"], None),
        (["25/06/2026", "06/25/2026"], None),
        (["soon"], None),
    ],
)
def test_date_order(values, expected):
    """ING-04, ING-05."""
    assert date_formats(values)[0] == expected


def test_a_proposed_mapping_is_a_mapping(tmp_path):
    sample = tmp_path / "exams.csv"
    sample.write_text(
        "Accession Number;Facility;Modality;Completed\n007;ber;CT;25.06.2026 10:00\n008;ber;MR;01.02.2026 10:00\n"
    )
    proposed = propose_mapping(sample)
    assert proposed.unsure == ()
    mapping = Mapping.model_validate(yaml.safe_load(proposed.text))
    assert mapping.delimiter == ";"
    assert mapping.timestamps == ("%d.%m.%Y %H:%M",)
    (row,) = mapping.rows
    assert row.table == "exam"
    assert row.columns["exam_id"].column == "Accession Number"
    assert row.columns["completed_at"].column == "Completed"


def test_what_cannot_be_told_is_said(tmp_path):
    sample = tmp_path / "exams.csv"
    sample.write_text("acc,modality,completed\n1,CT,03/04/2026\n2,Zap,05/06/2026\n")
    doubts = " ".join(propose_mapping(sample).unsure)
    assert "day and month cannot be told apart" in doubts
    assert "site: no column" in doubts
    assert "Zap" in doubts
