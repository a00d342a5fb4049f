"""A network of six vendors whose finished tasks, and what a review of each would say, are known."""

from datetime import datetime

from overread.counts.build import build
from overread.warehouse import analysis
from overread.warehouse.schema import open_warehouse

KEY = b"0123456789abcdef0123456789abcdef"
CUTOFF = datetime(2026, 4, 1)
# tasks of March and how many of them a reviewer would disagree with
MARCH = {
    ("v1", "ct"): (300, 60), ("v2", "ct"): (60, 1), ("v3", "ct"): (40, 4), ("v4", "ct"): (50, 2),
    ("v5", "ct"): (45, 3), ("v1", "xray"): (500, 5), ("v2", "xray"): (30, 6), ("v6", "mri"): (8, 1),
}  # fmt: skip
HISTORY = "1 AS load_id, 1 AS row_number"


def uuid(number, kind):
    """SQL of a token made of a number."""
    return f"('{kind}0000000-0000-0000-0000-' || lpad(({number})::VARCHAR, 12, '0'))::UUID"


def rows(connection, table, columns, query):
    connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns}, {HISTORY} FROM ({query})")


def tasks(connection, first, vendor, modality, n, discrepant, day):
    """Finished tasks, the first ones discrepant; table `truth` keeps which."""
    numbers = f"SELECT range AS i FROM range({first}, {first + n})"
    when = f"TIMESTAMP '{day} 08:00:00'"
    rows(connection, "exam", f"{uuid('i', 'e')} AS exam_id, 'ber' AS site, '{modality}' AS modality, "
         f"{when} AS completed_at", numbers)  # fmt: skip
    rows(connection, "read_task", f"{uuid('i', 'a')} AS task_id, {uuid('i', 'e')} AS exam_id, 'ber' AS site, "
         f"'{vendor}' AS vendor, 'final' AS role, 'reporting' AS service, "
         f"{uuid('i % 3', 'd')} AS reader_id, {when} AS received_at, {when} + INTERVAL 1 HOUR AS final_at",
         numbers)  # fmt: skip
    connection.execute(
        f"INSERT INTO truth SELECT {uuid('i', 'a')}, '{vendor}', '{modality}', i < {first + discrepant} FROM ({numbers})"
    )
    return first + n


def refresh(connection):
    analysis.build(connection, CUTOFF)
    build(connection)


def march():
    """March 2026 without any review."""
    connection = open_warehouse()
    connection.execute(
        "INSERT INTO site VALUES ('ber', 'Berlin', 'DE', 'emea', 'Europe/Berlin', 'hospital', 'ber', NULL)"
    )
    connection.execute(
        "INSERT INTO vendor BY NAME SELECT 'v' || range AS vendor, 'V' AS name FROM range(1, 8)"
    )
    connection.execute(
        "CREATE TABLE truth (task_id UUID, vendor VARCHAR, modality VARCHAR, discrepant BOOLEAN)"
    )
    first = 0
    for (vendor, modality), (n, discrepant) in MARCH.items():
        first = tasks(connection, first, vendor, modality, n, discrepant, "2026-03-10")
    refresh(connection)
    return connection


def reviewed(connection, where, route, probability="NULL", due="2026-03-20", done=True):
    """Assignments by a route, and their reviews as the truth has them, of the tasks that a condition picks."""
    picked = (
        f"SELECT *, replace(task_id::VARCHAR, 'a0', 'b0')::UUID AS other FROM truth WHERE {where}"
    )
    rows(connection, "review_assignment", f"other AS assignment_id, task_id, 'ber' AS site, '{route}' AS route, "
         f"{probability} AS inclusion_probability, TIMESTAMP '2026-03-12' AS assigned_at, "
         f"TIMESTAMP '{due}' AS due_at, {'NULL' if done else 'due_at'} AS expired_at", picked)  # fmt: skip
    if done:
        said = "CASE WHEN discrepant THEN '2b' ELSE '1' END AS score, 'f' AS form"
        rows(connection, "review", f"other AS review_id, other AS assignment_id, task_id, 'ber' AS site, "
             f"'{route}' AS route, {said}", picked)  # fmt: skip
