"""An attacker with linear programming: all that follows from the public rows of many releases, and from a bundle.

The unknowns are the counts of every vendor that is not the attacker, by region, modality and outcome, in each
published version of a table's period. Known are the told cells, the list of changes that each release comes with, the
attacker's own counts, that counts are not negative and, where the network only ever grew or the list says "new data",
that a later version is not smaller.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from network import MODALITIES, REGIONS
from scipy.optimize import linprog
from scipy.sparse import csr_array

PARTS = {"region": REGIONS, "modality": MODALITIES}


def remember(memory, frame):
    """Add the public rows of a release to (measure, period) -> cut-off -> told cells; untold rows say nothing."""
    for row in frame.filter(frame["shown"] == "value").iter_rows(named=True):
        place = next(((d, row[d]) for d in PARTS if row[d] is not None), (None, None))
        cell = (*place, row["numerator"], row["denominator"] - row["numerator"])
        memory[row["measure_id"], row["period"]].setdefault(row["data_cutoff"], set()).add(cell)


def remember_changes(memory, reasons, rows):
    """Add the list of changes of the newest release: the numbers to the two versions of which it speaks, and why.

    Args:
        memory: As `remember` leaves it.
        reasons: (measure, period) -> cut-off of the later version -> reason; filled.
        rows: measure, period, region, modality, reason, then numerator and denominator before, and now.
    """
    for measure_id, period, region, modality, reason, *counts in rows:
        versions = memory[measure_id, period]
        before, now = sorted(versions)[-2:]
        place = {"region": region, "modality": modality}
        at = next(((d, part) for d, part in place.items() if part is not None), (None, None))
        for cutoff, (events, cases) in ((before, counts[:2]), (now, counts[2:])):
            versions[cutoff].add((*at, events, cases - events))
        reasons[measure_id, period][now] = reason


def memory():
    return defaultdict(dict)


@dataclass
class Puzzle:
    """The equations of one table's period.

    Attributes:
        shape: (versions, peers, regions, modalities, outcomes) of the unknowns: an increment of the version before
            where it is known to have grown, else the version itself.
        left, right: Equations left @ unknowns = right.
        grows: Per version whether its unknowns are increments; the first one's never are.
    """

    shape: tuple[int, ...]
    left: csr_array
    right: np.ndarray
    grows: tuple[bool, ...]

    def whole(self, version):
        """The version from which on increments add up to a version."""
        return max(v for v in range(version + 1) if not self.grows[v])

    def mask(self, version, peer=None, region=None, modality=None, outcome=None, since=None):
        """The unknowns that add up to a count in a version, or to its growth since an earlier one."""
        chosen = np.zeros(self.shape)
        first = self.whole(version) if since is None else since + 1
        versions = slice(first, version + 1)
        at = [slice(None) if i is None else i for i in (peer, region, modality, outcome)]
        chosen[(versions, *at)] = 1
        return chosen.ravel()

    def most(self, wanted):
        """The most that a count can be."""
        found = linprog(-wanted, A_eq=self.left, b_eq=self.right, method="highs")
        assert found.status in (0, 3), found.message
        return np.inf if found.status == 3 else np.floor(-found.fun + 1e-6)

    def possible(self, absent, present):
        """Whether one count can be zero while another is at least one."""
        bounds = np.where(absent > 0, 0.0, np.inf)
        found = linprog(
            np.zeros(absent.size), A_ub=-present[None], b_ub=[-1.0], A_eq=self.left, b_eq=self.right,
            bounds=np.column_stack([np.zeros(absent.size), bounds]), method="highs",
        )  # fmt: skip
        return found.status == 0


def puzzle(told, own, peers, grows):
    """Write down what is known.

    Args:
        told: Per version its told cells (dimension, part, events, rest).
        own: The attacker's counts per version, (versions, regions, modalities, 2); zeros for an outsider.
        peers: Number of the other vendors.
        grows: Per version whether it is known not to be smaller than the one before.
    """
    grows = (False, *grows[1:])
    shape = (len(told), peers, len(REGIONS), len(MODALITIES), 2)
    made = Puzzle(shape, csr_array((0, int(np.prod(shape)))), np.zeros(0), grows)
    left, right = [], []
    for version, cells in enumerate(told):
        for dimension, part, *counts in cells:
            if dimension is not None and part not in PARTS[dimension]:
                assert counts == [0, 0]  # parts that no network of these tests has
                continue
            at = {} if dimension is None else {dimension: PARTS[dimension].index(part)}
            mine = own[version][
                at.get("region", slice(None)), at.get("modality", slice(None))
            ].reshape(-1, 2)
            for outcome in (0, 1):
                left.append(made.mask(version, outcome=outcome, **at))
                right.append(counts[outcome] - mine[:, outcome].sum())
    return Puzzle(shape, csr_array(np.array(left)), np.array(right), grows)


def places():
    """Total, parts and crossed parts: what the attacker would like to know."""
    return [
        {},
        *({"region": g} for g in range(len(REGIONS))),
        *({"modality": m} for m in range(len(MODALITIES))),
        *(
            {"region": g, "modality": m}
            for g in range(len(REGIONS))
            for m in range(len(MODALITIES))
        ),
    ]


def small_counts(solved, truth, limit=24):
    """True counts of 1 to 10 that the attacker knows to be at most 10.

    Args:
        solved: The equations.
        truth: Counts of the peers per version, (versions, peers, regions, modalities, 2).
        limit: How many to try, spread over all of them in order of size.
    """
    unknowns = truth.copy()
    grown = np.array(solved.grows)
    unknowns[grown] -= truth[:-1][grown[1:]]
    wanted = []
    for version, peer, place, outcome in itertools.product(
        range(len(truth)), (None, *range(truth.shape[1])), places(), (0, 1, None)
    ):
        for since in (None, *range(solved.whole(version), version)):
            chosen = solved.mask(version, peer, outcome=outcome, since=since, **place)
            if 1 <= (true := chosen @ unknowns.ravel()) <= 10:
                what = {"version": version, "peer": peer, "outcome": outcome, "since": since}
                wanted.append((true, len(wanted), what | place, chosen))
    wanted.sort(key=lambda count: count[:2])
    for true, _, what, chosen in wanted[:: max(1, len(wanted) // limit)]:
        if (most := solved.most(chosen)) <= 10:
            yield "count", what | {"true": true, "most": most}


def rates(solved, truth):
    """Places where a peer has cases and its rate is not left open from 0 to 1, in the newest version."""
    last = len(truth) - 1
    for peer, place in itertools.product(range(truth.shape[1]), places()):
        at = place.get("region", slice(None)), place.get("modality", slice(None))
        if truth[last, peer][at].sum() == 0:
            continue
        events, rest = (solved.mask(last, peer, outcome=o, **place) for o in (0, 1))
        if not (solved.possible(events, rest) and solved.possible(rest, events)):
            yield "rate", {"peer": peer, **place}
