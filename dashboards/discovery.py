"""q-values: what may be called found among many tests. The release carries them; a warehouse of old does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dashboards.edition import Edition
from dashboards.release import KEYS, PLACES
from dashboards.stored import columns_of
from overread.measures.catalogue import CATALOGUE

# A gap or a drift is found only where its q-value is below this; the catalogue says over which family.
FOUND_BELOW: Final = 0.05


def tested(
    edition: Edition, measure_id: str, keys: Mapping[str, str], place: Mapping[str, str], over: str
) -> dict[str, tuple[float, float]]:
    """Value and q of each test of a measure.

    Args:
        edition: The edition.
        measure_id: Entry of the catalogue.
        keys: Categories of the rows; those left out are rolled up.
        place: Place of the rows.
        over: Column that tells the tests apart: "population" over all months, or "period".

    Returns:
        Its value -> (value, q), {} where the measure or its q-values are not there.
    """
    if measure_id not in CATALOGUE or "q" not in columns_of(edition.connection, "measure_release"):
        return {}
    named = {
        name: value
        for name, value in {
            "period": None,
            **dict.fromkeys((*PLACES, *KEYS)),
            **place,
            **keys,
        }.items()
        if name != over
    }
    where = " AND ".join(f'"{name}" IS NOT DISTINCT FROM ?' for name in named)
    rows = edition.connection.execute(
        f'SELECT "{over}", value, q FROM measure_release WHERE measure_id = ? AND audience = ? '
        f"AND recipient IS NOT DISTINCT FROM ? AND {over} IS NOT NULL AND value IS NOT NULL AND q IS NOT NULL "
        f"AND {where}",
        [measure_id, edition.released.audience, edition.released.recipient, *named.values()],
    ).fetchall()
    return {row[0]: (row[1], row[2]) for row in rows}
