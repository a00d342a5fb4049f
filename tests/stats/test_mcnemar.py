import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar as theirs

from overread.stats.shares.mcnemar import mcnemar

COUNT = st.integers(0, 200)


@settings(deadline=None, max_examples=60)
@given(COUNT, COUNT, COUNT, COUNT)
def test_both_tests_equal_statsmodels_and_ignore_the_concordant(a, b, c, d):
    table = [[a, b], [c, d]]
    test = mcnemar(table)
    assert float(test.p_exact) == pytest.approx(theirs(table, exact=True).pvalue)
    assert float(test.discordant) == b + c
    if b + c and b != c:
        corrected = theirs(table, exact=False, correction=True).pvalue
        assert float(test.p_chi2_cc) == pytest.approx(corrected)
    alone = mcnemar([[0, c], [b, 0]])
    assert float(alone.p_exact) == pytest.approx(float(test.p_exact))


def test_strata_at_once_ties_and_no_discordant_pair():
    test = mcnemar([[[5, 3], [3, 9]], [[5, 0], [0, 9]], [[0, 2**40], [2**40, 0]]])
    np.testing.assert_allclose(test.p_exact, 1)
    assert test.p_chi2_cc[0] == test.p_chi2_cc[2] == 1
    assert np.isnan(test.p_chi2_cc[1])
