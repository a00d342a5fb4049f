"""Versions of an algorithm compared."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

AI_VERSIONS: Final = tuple(
    Measure(
        f"{rate}_version_difference", f"{rate.capitalize()}, newer version less the older", f"新舊版本{name_zh_hant}之差",
        f"Has a new version another {rate} than the one before on the same cases?",
        f"{whom} that the newer version alone {did}, less those that the older one alone {did}",
        f"{whom} that both versions answered",
        "runs of either version that failed or were excluded; cases without a call of both or without a settled "
        "reference; told of the whole, a vendor, a region or a site, over all months only (category: older-newer)",
        "share", "higher", "Newcombe's, paired; column p: McNemar's exact test",
        ("ai_result.call", "ai_result.algorithm_version", "reference_standard.truth"),
        "McNemar 1947; Newcombe 1998, Stat Med 17:2635, method 10",
    )
    for rate, name_zh_hant, whom, did in (
        ("sensitivity", "敏感度", "diseased cases", "called"), ("specificity", "特異度", "healthy cases", "spared"),
    )
)  # fmt: skip
