"""ORC-02, ORC-03, ORC-04: what asks for a run, and for which month."""

import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest

from assets.network import Network
from pipelines.definitions import defs
from pipelines.run import run
from pipelines.schedules import month_that_ended, monthly
from pipelines.sensors import landing_request, stable

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cad"


@pytest.fixture
def place(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "reads.csv").write_text("reader,case,truth,rating\n1,1,0,28\n2,1,0,30\n")
    return Network(config=str(EXAMPLE / "overread.yaml"), data=str(data), out=str(tmp_path / "out"))


def look(place, cursor, instance):
    asked, cursor = landing_request(place, cursor, instance)
    return (asked.run_key if isinstance(asked, dg.RunRequest) else None), cursor


def test_a_file_that_grows_waits(place):
    file = Path(place.data) / "reads.csv"
    with dg.instance_for_test() as instance:
        first, cursor = look(place, None, instance)
        file.write_text(file.read_text() + "3,1,0,30\n")
        second, cursor = look(place, cursor, instance)
        third, _ = look(place, cursor, instance)
    assert (first, second) == (None, None)
    assert third is not None


def test_a_corrected_file_of_the_same_name_and_size_is_asked_for(place):
    file = Path(place.data) / "reads.csv"
    with dg.instance_for_test() as instance:
        _, cursor = look(place, None, instance)
        first, cursor = look(place, cursor, instance)
        again, cursor = look(place, cursor, instance)
        file.write_text(file.read_text().replace("28", "29"))
        corrected, _ = look(place, cursor, instance)
    assert first == again
    assert corrected not in (None, first)


def test_a_failed_load_is_asked_for_again(place):
    with dg.instance_for_test() as instance:
        _, cursor = look(place, None, instance)
        first, cursor = look(place, cursor, instance)
        key = first.split("-")[0]
        failed = dg.DagsterRun(
            job_name="landing", tags={"overread/content": key}, status=dg.DagsterRunStatus.FAILURE
        )
        instance.add_run(failed)
        second, _ = look(place, cursor, instance)
    assert (first, second) == (f"{key}-0", f"{key}-1")


def test_stability_is_by_size():
    assert stable({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 1}) == ["a"]


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 3, 2, 6, tzinfo=UTC), "2026-02"),
        (datetime(2026, 1, 2, 6, tzinfo=UTC), "2025-12"),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=8))), "2026-01"),
    ],
)
def test_the_month_that_ended(moment, month):
    assert month_that_ended(moment) == month


def test_the_schedule_asks_for_it_once_delivered():
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 3, 2, 6, tzinfo=UTC),
            repository_def=defs.get_repository_def(),
        )
        assert (
            monthly.evaluate_tick(context).skip_message
            == "nothing of 2026-02 has been delivered yet"
        )
        instance.add_dynamic_partitions("month", ["2026-02"])
        (request,) = monthly.evaluate_tick(context).run_requests
        assert (request.partition_key, request.run_key) == ("2026-02", "2026-02")


def test_configuration_and_mappings_make_the_fingerprint(place, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "there")
    there = Network(
        config=str(tmp_path / "there" / "overread.yaml"), data=place.data, out=place.out
    )
    assert there.fingerprint() == place.fingerprint()
    for file in sorted((tmp_path / "there").glob("*.yaml")):
        before, text = there.fingerprint(), file.read_text()
        file.write_text(
            text.replace("title: ", "title: Another ").replace("source: ", "source: other_")
        )
        assert there.fingerprint() != before


def test_a_load_names_the_months_it_touches(place):
    assert run(place).success
    with dg.DagsterInstance.from_config(str(Path(place.out) / "dagster")) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("ledger"))
        assert event.asset_materialization.metadata["touched_months"].value == ["undated"]
        assert run(place).success
        event = instance.get_latest_materialization_event(dg.AssetKey("ledger"))
        assert event.asset_materialization.metadata["touched_months"].value == []
