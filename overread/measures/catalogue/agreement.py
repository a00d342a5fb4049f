"""Agreement of the AI with the reader, and of readers among themselves."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

_APART: Final = (
    "uncertain answers; readers who saw the AI first and those who did not are never put together (population), "
    "told at places of one dimension or none"
)
_OVER_EXAMS = "between many readers over exams, these readers given, on the effective size"

AGREEMENT: Final = (
    Measure(
        "agreement_percent", "Percent agreement", "一致百分比", "How often do two answers agree?",
        "equal answers", "cases (AI against reader) or pairs of readers", _APART, "share", "higher",
        "Wilson; " + _OVER_EXAMS, ("reader_call.call", "ai_result.call"), "definition; Gwet 2014, section 5.3",
        version=2,
    ),
    Measure(
        "cohen_kappa", "Cohen's kappa", "Cohen kappa 係數", "How far does agreement exceed chance?",
        "agreement beyond chance", "possible agreement beyond chance", _APART,
        "coefficient", "higher",
        "Wilson on the effective size of the Fleiss-Cohen-Everitt variance, withheld where the margins are too "
        "thin; " + _OVER_EXAMS,
        ("reader_call.call", "ai_result.call"), "Cohen 1960; Fleiss for many readers",
        formula="(observed agreement - chance) / (1 - chance), chance from the margins of the two",
        version=2,
    ),
    Measure(
        "gwet_ac1", "Gwet's AC1", "Gwet AC1 係數",
        "How far does agreement exceed chance where a finding is rare?",
        "agreement beyond chance", "possible agreement beyond chance", _APART,
        "coefficient", "higher",
        "Wilson on the effective size of Gwet's variance, withheld below 20 cases; " + _OVER_EXAMS,
        ("reader_call.call", "ai_result.call"), "Gwet 2008",
        formula="(observed agreement - chance) / (1 - chance), chance = 2 p (1 - p) of the mean share p of present",
        version=2,
    ),
    Measure(
        "pabak", "PABAK", "PABAK 係數", "What would kappa be at even prevalence?",
        "2 x agreement - 1", "1", _APART, "coefficient", "higher",
        "Wilson, transformed; " + _OVER_EXAMS, ("reader_call.call", "ai_result.call"), "Byrt 1993",
        formula="2 x observed agreement - 1", version=2,
    ),
)  # fmt: skip
