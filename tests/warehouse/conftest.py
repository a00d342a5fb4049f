"""A small believable hospital: St Elsewhere in Berlin, read by one vendor."""

import pytest

from overread.feeds.configuration import Configuration
from overread.feeds.mapping import Mapping
from overread.warehouse.ingest import ingest
from overread.warehouse.schema import open_warehouse

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
def configuration():
    return Configuration.model_validate(
        {
            "network": "elsewhere",
            "title": "St Elsewhere",
            "sites": [
                {
                    "id": "ber",
                    "name": "St Elsewhere",
                    "country": "DE",
                    "region": "emea",
                    "zone": "Europe/Berlin",
                    "facility_type": "hospital",
                },
                {
                    "id": "nyc",
                    "name": "St Elsewhere NY",
                    "country": "US",
                    "region": "americas",
                    "zone": "America/New_York",
                    "facility_type": "clinic",
                },
            ],
            "vendors": [{"id": "v1", "name": "O'Neill & Partners"}],
            "mappings": ["unused.yaml"],
        }
    )


@pytest.fixture
def mapping():
    return Mapping.model_validate(
        {
            "source": "exams",
            "files": ["*.csv"],
            "missing": ["", "NA"],
            "timestamps": ["iso"],
            "rows": [
                {
                    "table": "exam",
                    "columns": {
                        "exam_id": "acc",
                        "site": "site",
                        "modality": "mod",
                        "completed_at": "done",
                    },
                }
            ],
        }
    )


@pytest.fixture
def load(tmp_path, configuration, mapping):
    """Deliver files by name -> text and give the warehouse with what became of them."""
    connection = open_warehouse()
    folder = tmp_path / "landing"
    folder.mkdir()

    def deliver(**files):
        for name, text in files.items():
            (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return connection, ingest(connection, configuration, [mapping], folder, KEY)

    return deliver
