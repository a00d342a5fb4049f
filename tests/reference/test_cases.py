import json
from pathlib import Path

import pytest
from compute import COMPUTE, compute

FILES = ("cases.json", "edge_cases.json")


def same(got, expected, tolerance):
    if isinstance(expected, list):
        return len(got) == len(expected) and all(
            same(a, b, tolerance) for a, b in zip(got, expected, strict=True)
        )
    if expected is None or isinstance(expected, str):
        return got == expected
    return got is not None and abs(got - expected) <= tolerance * max(1.0, abs(expected))


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("metric", sorted(COMPUTE))
def test_reference_cases(shared: Path, name: str, metric: str):
    cases = json.loads((shared / "reference" / name).read_text())
    wrong = {}
    for case in cases:
        if case["metric"] != metric:
            continue
        got = compute(metric, case["input"], case["options"])
        for key, expected in case["expected"].items():
            if not same(got.get(key), expected, float(case["tolerance"])):
                wrong[f"{case['id']}.{key}"] = (got, expected)
    assert not wrong


@pytest.mark.parametrize("name", FILES)
def test_every_metric_of_the_reference_has_a_door(shared: Path, name: str):
    cases = json.loads((shared / "reference" / name).read_text())
    assert {case["metric"] for case in cases} <= set(COMPUTE)
