"""New or corrected files in the landing folder, and the months that they touch."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import dagster as dg

from assets.landing import ledger
from assets.network import MONTHS, Network
from overread.warehouse.ingest import matched_files
from pipelines.jobs import landing_job, month_job
from pipelines.settings import network

Sizes = Mapping[str, int]


def stable(before: Sizes, now: Sizes) -> list[str]:
    """Files whose size is that of the last tick; a file that still grows waits for the next one."""
    return sorted(name for name, size in now.items() if before.get(name) == size)


def content_key(folder: Path, names: Sequence[str]) -> str:
    """Hash over the contents: a corrected file under the same name, or with an old time stamp, is another key."""
    whole = hashlib.sha256()
    for name in names:
        with (folder / name).open("rb") as file:
            whole.update(f"{name}\x1f{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def failed_attempts(instance: dg.DagsterInstance, key: str) -> int:
    """Runs for this content that failed: the next one is a new attempt, not a run that was asked for already."""
    runs = instance.get_runs(
        dg.RunsFilter(job_name=landing_job.name, tags={"overread/content": key})
    )
    return sum(run.status is dg.DagsterRunStatus.FAILURE for run in runs)


def landing_request(
    place: Network, cursor: str | None, instance: dg.DagsterInstance
) -> tuple[dg.RunRequest | dg.SkipReason, str]:
    """What one look at the landing folder asks for, and the next cursor (sizes of the files)."""
    folder = Path(place.data)
    _, mappings = place.described()
    now = {
        p.relative_to(folder).as_posix(): p.stat().st_size
        for p, _ in matched_files(mappings, folder)
    }
    names = stable(json.loads(cursor or "{}"), now)
    after = json.dumps(now, sort_keys=True)
    if len(names) < len(now):
        return dg.SkipReason("a file is new or still growing; the next look decides"), after
    key = content_key(folder, names)
    attempt = failed_attempts(instance, key)
    return dg.RunRequest(run_key=f"{key}-{attempt}", tags={"overread/content": key}), after


@dg.sensor(job=landing_job, minimum_interval_seconds=60)
def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Load the landing folder when its content is new and at rest."""
    asked, cursor = landing_request(network(), context.cursor, context.instance)
    if isinstance(asked, dg.SkipReason):
        return dg.SensorResult(skip_reason=asked, cursor=cursor)
    return dg.SensorResult(run_requests=[asked], cursor=cursor)


@dg.asset_sensor(asset_key=ledger.key, job=month_job, minimum_interval_seconds=60)
def touched_months(
    context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry
) -> list[dg.RunRequest] | dg.SkipReason:
    """After a load: just the months that its rows touch."""
    event = asset_event.asset_materialization
    touched = event.metadata["touched_months"].value if event is not None else []
    months = [str(month) for month in touched] if isinstance(touched, list) else []
    if not months:
        return dg.SkipReason("the load brought nothing new")
    known = context.instance.get_dynamic_partitions(str(MONTHS.name))
    return [
        dg.RunRequest(run_key=f"{asset_event.run_id}-{month}", partition_key=month)
        for month in months
        if month in known
    ]
