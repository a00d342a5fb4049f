"""The planted problems: where each is and how strong; the plans and the answer key both read them here."""

from __future__ import annotations

from typing import Final

FIRST_DAY = "2025-01-01"
DAYS = 546  # 18 months, to 2026-06-30
LONGEST_WAIT_DAYS = 200  # from the order to the exam
LONGEST_READ_DAYS = 25  # from the receipt to the final report
CUT_OFF = "2026-07-03 00:00:00"  # UTC; nothing in the files is newer

SLIP: Final = {"vendor": "northlight", "region": "emea", "from_month": "2026-02", "factor": 2.6}
AFTER_HOURS: Final = {"vendor": "southerncross", "significant_rate": 0.08}
SIGNIFICANT_RATE = 0.010
INSIGNIFICANT_RATE = 0.026
LOST_SENSITIVITY: Final = {
    "algorithm": "BleedScan",
    "old_version": "2.0",
    "new_version": "2.10",
    "from_month": "2025-10",
    "age_band": "80+",
    "sensitivity": 0.45,
    "prevalence": 0.09,
}
# The scanner's clock was not set back at the end of summer time.
SHIFTED_CLOCK: Final = {
    "site": "den",
    "seconds": 3600,
    "from_time": "2025-11-02 02:00:00",
    "to_time": "2025-11-29 00:00:00",
    "held_month": "2025-11",
}
UNREAD: Final = {"vendor": "pacificread", "share": 0.40, "usual_share": 0.01}
COUNTRY: Final = {"vendor": "orbit", "country": "PK", "from_month": "2025-09", "share": 0.07}
LATE: Final = {"vendor": "meridian", "median_days": 42, "usual_median_days": 8, "due_days": 30}
# Its contracts owe credits: emergencies in EMEA slip, see SLIP.
OWES: Final = {"vendor": "northlight", "term_prefix": "01-", "price": 41.0, "currency": "USD"}
BUSINESS: Final = {"vendor": "harbour", "seconds": 144_000}
# A reviewer who disagrees asks for a second opinion before the review is recorded, so the youngest months look good.
SECOND_LOOK_DAYS: Final = (2, 60)
ARBITRATION: Final = {"route": "random", "second_look_days": list(SECOND_LOOK_DAYS)}
# Two reviewers of a site who hardly ever disagree.
LENIENT_REVIEWERS: Final = ("H-lon-01", "H-lon-02")
LENIENT: Final = {"site": "lon", "reviewers": list(LENIENT_REVIEWERS), "overlooked": 0.95}
# The hospitals' own reads before a vendor's, as the vendor's readers judge them.
LOCAL: Final = {"share": 0.03, "discrepant": 0.07, "significant": 0.3}
CLAIM: Final = {
    "claim_id": "C-005",
    "vendor": "pulmonix",
    "measure_id": "specificity",
    "claimed": 0.98,
    "true": 0.92,
}
# Of one algorithm's cases those on which it and the reader differ are looked at again, of the others a sample.
AUDIT: Final = {
    "algorithm": "EmboliCheck",
    "reference": "consensus",
    "discordant": 0.9,
    "both_present": 0.2,
    "both_absent": 0.06,
}
# The maker changed the algorithm and left the version as it was: every score lies higher.
UNDECLARED: Final = {"algorithm": "MammaMark", "from_month": "2026-01", "shift": 0.5}
# A version that finds again what the one in use lost runs beside it.
CANDIDATE: Final = {
    "algorithm": "BleedScan",
    "version": "3.0",
    "beside": "2.10",
    "from_month": "2026-04",
    "correlation": 0.9,
}
