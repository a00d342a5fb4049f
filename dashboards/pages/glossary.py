"""Words that a committee member may want explained."""

from __future__ import annotations

from typing import Final

from dashboards.words import Words, marked

GLOSSARY: Final = (
    (
        marked("95% interval"),
        marked(
            "Values that agree with the data: with repeated data, 95 of 100 such intervals hold the "
            "true value. A wide one means few cases."
        ),
    ),
    (
        marked("Target"),
        marked("The value agreed in the contract or set by the committee."),
    ),
    (
        marked("Meets, misses"),
        marked(
            "Said only where the whole 95% interval lies on one side of the target; otherwise the "
            "result cannot be told from it."
        ),
    ),
    (
        marked("Discrepancy"),
        marked(
            "A review that disagrees with the report: RADPEER score 2 or 3. It is significant where the "
            "score ends in b."
        ),
    ),
    (
        marked("RADPEER"),
        marked(
            "The American College of Radiology's scoring of peer review, from 1 (concur) to 3 (should "
            "be made most of the time)."
        ),
    ),
    (
        marked("Random sample"),
        marked(
            "Reviews drawn at random. Only they estimate the rate of all reports; reviews from other "
            "routes are told apart."
        ),
    ),
    (
        marked("Turnaround of finished tasks"),
        marked(
            "Time of reads that are finished. Reads still open are not in it, so a vendor that leaves "
            "hard exams unread looks fast."
        ),
    ),
    (
        marked("SLA attainment"),
        marked(
            "Share of reads due by the cut-off that were finished in the contract's time. An unread one "
            "that is past due is a breach."
        ),
    ),
    (
        marked("Sensitivity, specificity"),
        marked(
            "Share of diseased cases that were called, and of healthy cases that were not, against the "
            "reference standard named beside them."
        ),
    ),
    (
        marked("AUC"),
        marked(
            "Probability that a diseased case gets a higher score than a healthy one; 0.5 is chance."
        ),
    ),
    (
        marked("Kappa, AC1, PABAK"),
        marked(
            "Agreement beyond chance. Where a finding is rare kappa is low even when agreement is high, "
            "hence AC1 and PABAK beside it."
        ),
    ),
    (
        marked("Held by a check"),
        marked(
            "A month that failed a blocking data check. Its numbers are not published and stand in no "
            "total."
        ),
    ),
    (
        marked("Anonymous band"),
        marked(
            "Quartiles over all vendors, the same in every bundle; shown only where at least five other "
            "vendors have 11 cases each."
        ),
    ),
    (
        marked("Cut-off"),
        marked("Data that arrived later are not in these pages."),
    ),
)


def glossary(words: Words) -> list[tuple[str, str]]:
    """Terms and what they mean."""
    return [(words.text(term), words.text(meaning)) for term, meaning in GLOSSARY]
