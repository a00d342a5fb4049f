"""A small believable hospital: what it knows is written row by row."""

from datetime import datetime
from uuid import UUID

import pytest

from overread.feeds.configuration import Configuration
from overread.warehouse.analysis import build
from overread.warehouse.schema import describe_network, open_warehouse

CUTOFF = datetime(2026, 6, 19, 12)
OFFICE = {"hours": {"mon-fri": "08:00-18:00"}, "holidays": ["2026-06-15"]}
TERM = {
    "term_id": "T1", "vendor": "v1", "interval": "information_to_final", "target_minutes": 120, "target_share": 0.9,
    "clock": "business", "valid_from": "2025-01-01",
}  # fmt: skip


@pytest.fixture
def hospital(configuration):
    """Two sites; the one in Berlin names a calendar, the one in New York none."""
    described = configuration.model_dump(mode="json") | {"calendars": {"office": OFFICE}}
    described["sites"][0]["calendar"] = "office"
    connection = open_warehouse()
    describe_network(connection, Configuration.model_validate(described))
    return Hospital(connection)


class Hospital:
    holidays = OFFICE["holidays"]

    def __init__(self, connection):
        self.connection = connection

    def insert(self, table, **values):
        columns = ", ".join(f"? AS {name}" for name in values)
        self.connection.execute(
            f"INSERT INTO {table} BY NAME SELECT {columns}", list(values.values())
        )

    def term(self, **values):
        self.insert("contract_term", **{**TERM, **values})

    def task(self, number, site="ber", reader_id=None, **times):
        moments = {name: datetime.fromisoformat(text) for name, text in times.items()}
        place = {"exam_id": UUID(int=number), "site": site, "load_id": 1}
        self.insert("exam", **place, modality="ct", completed_at=moments.pop("completed_at", None))
        task = {
            "task_id": UUID(int=number),
            "vendor": "v1",
            "role": "final",
            "service": "reporting",
            "reader_id": reader_id,
        }
        self.insert("read_task", **place, **task, **moments)

    def pause(self, number, paused_at, resumed_at=None, owner="hospital", load_id=1):
        self.insert(
            "task_pause",
            task_id=UUID(int=number), site="ber", paused_at=datetime.fromisoformat(paused_at),
            resumed_at=resumed_at and datetime.fromisoformat(resumed_at), reason="no prior", owner=owner, load_id=load_id,
        )  # fmt: skip

    def load(self, table, number, load_id):
        """Say which load brought the rows of an exam."""
        self.connection.execute(
            f"UPDATE {table} SET load_id = ? WHERE exam_id = ?", [load_id, UUID(int=number)]
        )

    def fact(self, columns):
        build(self.connection, CUTOFF)
        return self.connection.execute(f"SELECT {columns} FROM task_fact ORDER BY task_id").fetchall()  # fmt: skip
