def signals(signalled, *measures):
    connection = signalled(measures)
    return connection.execute(
        "SELECT vendor, period, direction = 'worse', since FROM signal ORDER BY signal_id"
    ).fetchall()


def rate(vendor, low, high, period=None, measure_id="discrepancy_rate", target=0.05):
    return {
        "measure_id": measure_id, "vendor": vendor, "period": period, "value": (low + high) / 2,
        "low": low, "high": high, "target": target,
    }  # fmt: skip


def test_only_a_whole_interval_beyond_the_target_speaks(signalled):
    assert signals(signalled, rate("a", 0.04, 0.06), rate("b", 0.05, 0.07)) == []
    assert signals(signalled, rate("a", 0.06, 0.08)) == [("a", None, True, None)]
    assert signals(signalled, rate("a", 0.01, 0.02)) == [("a", None, False, None)]


def test_direction_belongs_to_the_measure(signalled):
    low = rate("a", 0.80, 0.85, measure_id="sla_attainment", target=0.9)
    assert signals(signalled, low) == [("a", None, True, None)]


def test_worst_first_and_since_the_first_month_of_the_run(signalled):
    months = [
        rate("a", 0.06, 0.08, "2026-01"),
        rate("a", 0.04, 0.06, "2026-02"),
        rate("a", 0.06, 0.08, "2026-03"),
        rate("a", 0.09, 0.11, "2026-04"),
        rate("b", 0.20, 0.22, "2026-04"),
    ]
    assert signals(signalled, *months) == [
        ("b", "2026-04", True, "2026-04"),
        ("a", "2026-04", True, "2026-03"),
    ]


def test_too_few_cases_give_no_signal(signalled):
    assert signals(signalled, rate("a", 0.2, 0.9) | {"n": 10.0}) == []
    assert len(signals(signalled, rate("a", 0.2, 0.9) | {"n": 11.0})) == 1


def test_a_blocked_or_bare_value_is_silent(signalled):
    assert (
        signals(
            signalled,
            rate("a", 0.06, 0.08) | {"status": "blocked"},
            rate("b", 0.06, 0.08) | {"low": None},
        )
        == []
    )


def test_one_of_many_months_beyond_its_target_by_a_hair_is_chance(signalled):
    """Alone it signals; among forty that lie on the target it does not, while a clear one still does."""
    hair = rate("hair", 0.051, 0.08, "2026-01")
    assert len(signals(signalled, hair)) == 1
    others = [rate(f"v{i}", 0.04, 0.06, "2026-01") for i in range(40)]
    clear = rate("clear", 0.10, 0.12, "2026-01")
    assert [row[0] for row in signals(signalled, hair, clear, *others)] == ["clear"]


def test_a_headline_speaks_by_its_interval_and_a_narrow_cut_does_not(signalled):
    """What a vendor is held to over all months agrees with its tile, however many cuts are looked at."""
    cuts = [rate(f"v{i}", 0.04, 0.06) | {"modality": "ct"} for i in range(40)]
    hair = rate("hair", 0.051, 0.08)
    assert [row[0] for row in signals(signalled, hair, hair | {"modality": "ct"}, *cuts)] == [
        "hair"
    ]
