"""The month that ended, asked for once a month."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from assets.network import MONTHS
from pipelines.jobs import month_job


def month_that_ended(moment: datetime) -> str:
    """Month before that of the moment (UTC); every site's zone has left it by the second of the month."""
    return (moment.astimezone(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


@dg.schedule(job=month_job, cron_schedule="0 6 2 * *", execution_timezone="UTC")
def monthly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """On the second of each month: the month that ended. A month without a delivery is said, not failed."""
    month = month_that_ended(context.scheduled_execution_time)
    if month not in context.instance.get_dynamic_partitions(str(MONTHS.name)):
        return dg.SkipReason(f"nothing of {month} has been delivered yet")
    return dg.RunRequest(run_key=month, partition_key=month)
