"""An algorithm against the reference and beside the reader: what its alerts are worth, and how its runs end."""

from __future__ import annotations

from typing import Final

from overread.measures.catalogue.measure import Measure

CALL: Final = ("ai_result.call", "ai_result.algorithm_version", "reference_standard.truth")
BESIDE: Final = (*CALL, "reader_call.call", "reader_call.saw_ai_first")
_RUN: Final = ("ai_result.status", "ai_result.algorithm_version")
_LEFT: Final = "failed and excluded runs; results without call or reference"
_GRAIN: Final = "told at places of one dimension or none"
_STARD: Final = "STARD 2015"
_RATIO: Final = (
    "limits from Wilson's of the two shares (MOVER), withheld below 50 diseased or healthy cases"
)
_PAIRED: Final = "Newcombe's, paired; column p: McNemar's exact test of the two on the same cases"
_NEWCOMBE: Final = "McNemar 1947; Newcombe 1998, Stat Med 17:2635, method 10"
_BESIDE: Final = "told of the whole, a region, a site, a modality or a patient class, never in a vendor's own rows"
_KNEW: Final = (
    "cases without one reader's call, without the algorithm's, or without a settled reference; readers who saw the "
    "AI first and those who did not are never put together (population)"
)

AI: Final = (
    Measure(
        "ppv", "Positive predictive value", "陽性預測值", "Which share of the alerts is right?",
        "diseased cases called present", "cases called present", f"{_LEFT}; {_GRAIN}",
        "share", "higher", "Wilson", CALL, _STARD,
    ),
    Measure(
        "npv", "Negative predictive value", "陰性預測值", "Which share of the all-clears is right?",
        "healthy cases called absent", "cases called absent", f"{_LEFT}; {_GRAIN}",
        "share", "higher", "Wilson", CALL, _STARD,
    ),
    Measure(
        "accuracy", "Accuracy", "準確率", "Which share of the answers is right?",
        "cases called as the reference says", "cases with a call", f"{_LEFT}; {_GRAIN}",
        "share", "higher", "Wilson", CALL, _STARD,
    ),
    Measure(
        "likelihood_ratio_positive", "Positive likelihood ratio", "陽性概似比",
        "How much more often does an alert come to the diseased than to the healthy?",
        "sensitivity", "1 - specificity", f"{_LEFT}; {_GRAIN}", "ratio", "higher", _RATIO, CALL,
        f"{_STARD}; Donner and Zou 2012", formula="sensitivity / (1 - specificity)",
    ),
    Measure(
        "likelihood_ratio_negative", "Negative likelihood ratio", "陰性概似比",
        "How much more often does an all-clear come to the diseased than to the healthy?",
        "1 - sensitivity", "specificity", f"{_LEFT}; {_GRAIN}", "ratio", "lower", _RATIO, CALL,
        f"{_STARD}; Donner and Zou 2012", formula="(1 - sensitivity) / specificity",
    ),
    Measure(
        "false_alerts_per_true_alert", "False alerts per true alert", "每一真警示伴隨之假警示數",
        "How many false alerts does a reader check for each true one?",
        "healthy cases called present", "diseased cases called present", f"{_LEFT}; {_GRAIN}",
        "ratio", "lower", "odds of Wilson's limits of the share of false alerts", CALL,
        _STARD,
    ),
    Measure(
        "sensitivity_less_reader", "Sensitivity less the reader's", "與判讀者敏感度之差",
        "Does the algorithm find more of the diseased than the reader of the same cases?",
        "diseased that the algorithm alone called, less those that the reader alone called",
        "diseased cases that both answered", f"{_KNEW}; {_BESIDE}", "share", "higher", _PAIRED, BESIDE, _NEWCOMBE,
    ),
    Measure(
        "specificity_less_reader", "Specificity less the reader's", "與判讀者特異度之差",
        "Does the algorithm spare more of the healthy than the reader of the same cases?",
        "healthy that the algorithm alone spared, less those that the reader alone spared",
        "healthy cases that both answered", f"{_KNEW}; {_BESIDE}", "share", "higher", _PAIRED, BESIDE, _NEWCOMBE,
    ),
    *(
        Measure(
            measure_id, name, name_zh_hant, question, numerator, denominator,
            f"{_KNEW}; {_BESIDE}", "share", "higher", "Wilson", BESIDE, _STARD,
        )
        for measure_id, name, name_zh_hant, question, numerator, denominator in (
            ("reader_sensitivity", "Reader's sensitivity beside the algorithm", "判讀者敏感度（與演算法同批病例）",
             "Which share of the diseased did the reader call whom the algorithm answered, too?",
             "diseased cases that the reader called present", "diseased cases that both answered"),
            ("reader_specificity", "Reader's specificity beside the algorithm", "判讀者特異度（與演算法同批病例）",
             "Which share of the healthy did the reader spare whom the algorithm answered, too?",
             "healthy cases that the reader called absent", "healthy cases that both answered"),
        )
    ),
    Measure(
        "discordance_yield", "Yield of discordant cases", "不一致病例之人工智慧正確率",
        "Where the algorithm and the reader differ, how often is the algorithm right?",
        "discordant cases in which the reference agrees with the algorithm", "discordant cases with a settled reference",
        f"{_KNEW}; {_BESIDE}", "share", "higher", "Wilson", BESIDE, "definition; ECLAIR guidelines 2021",
    ),
    *(
        Measure(
            f"{rate}_corrected", f"{rate.capitalize()}, corrected for verification", f"校正驗證偏差後之{name_zh_hant}",
            f"What is the {rate} if not only the verified exams are asked?",
            f"{whom} cases that the algorithm {did}, estimated in each cell of AI call x reader call",
            f"{whom} cases, estimated alike",
            "failed and excluded runs; exams without the algorithm's call or one reader's; told where some exams have "
            "no settled reference, of the whole, a vendor, a region or a site, over all months only. Not identifiable "
            "where a cell has exams and none is verified",
            "share", "higher",
            "logit, a quarter of a case added to each cell; withheld where a cell has fewer than 10 verified exams",
            BESIDE, "Begg and Greenes 1983",
            formula="exams of a cell x share of the diseased (healthy) among its verified, summed: called right / all",
        )
        for rate, name_zh_hant, whom, did in (
            ("sensitivity", "敏感度", "diseased", "called"), ("specificity", "特異度", "healthy", "spared"),
        )
    ),
    *(
        Measure(
            f"population_gap_{rate}", f"Gap of {rate} between populations", f"族群間{name_zh_hant}差距",
            f"Has one population (age band, sex, scanner maker, patient class) another {rate} than the others?",
            f"{rate} in the population less that in all others of its kind",
            "cases of the kind whose population is known",
            f"{_LEFT}; cases whose population is unknown; told of the whole and of a vendor, over all months only",
            "share", "neutral",
            "Newcombe; column p: Fisher's exact test, doubled; column q: Benjamini-Hochberg over the gaps of both "
            "rates of all algorithms, versions and references of the place. A gap is found only where q is below 0.05",
            (*CALL, "exam.age_band", "exam.sex", "exam.scanner_maker", "exam.patient_class"),
            "Newcombe 1998; Benjamini and Hochberg 1995",
            formula="value of the population - value of the others",
        )
        for rate, name_zh_hant in (("sensitivity", "敏感度"), ("specificity", "特異度"))
    ),
    Measure(
        "ai_failure_rate", "Failed runs", "執行失敗率", "How often does a run of the algorithm fail?",
        "runs that failed", "runs", f"none; an exam's run counts once, whatever its references; {_GRAIN}",
        "share", "lower", "Wilson", _RUN, "ECLAIR guidelines 2021 (monitoring in practice)",
    ),
    Measure(
        "ai_exclusion_rate", "Excluded runs", "排除率",
        "How often does the algorithm refuse an exam that was sent to it?",
        "runs that ended with an exclusion", "runs",
        f"none; an exam's run counts once, whatever its references; {_GRAIN}",
        "share", "lower", "Wilson", _RUN, "ECLAIR guidelines 2021 (monitoring in practice)",
    ),
    Measure(
        "ai_turnaround_median", "Median time to the algorithm's result", "人工智慧結果產出時間中位數",
        "Within what time was half of the results there?", "minutes",
        "valid runs with both times (interval: started_to_ended, completed_to_ended)",
        f"failed and excluded runs; runs without a time or with times out of order; {_GRAIN}",
        "minutes", "lower", "order statistics (binomial)",
        ("ai_result.started_at", "ai_result.ended_at", "exam.completed_at"),
        "Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2",
        formula="smallest time within which at least half of the results were there",
    ),
)  # fmt: skip
