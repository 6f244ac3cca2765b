"""What the retrieval scores of the others become without each sample.

A query with R samples of its class among the others has runs of tied neighbours, [a, e) with r
samples, m of its class. Without sample j of a run, this run has one fewer and all behind it come
one place nearer. Where j is of another class, R stays, so that place R + 1 comes in; where it is of
the query's, R - 1 places count and each precision behind j has a hit less. Sums from either end of
the list give both for all runs at once. What is of the class and beyond place R only takes R down
by one: that is the same for all of them, and summed over queries by class.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hiertools._kernels.compiled import Floats, Ints, compiled
from hiertools._kernels.nested_retrieval import run_precision


@compiled(steps=lambda near: 20 * near.size)
def retrieval_left_out(
    near: NDArray[np.int32],
    ends: NDArray[np.int32],
    depth: Ints,
    spill: NDArray[np.int32],
    others: NDArray[np.int32],
    spilled: NDArray[np.int32],
    own: NDArray[np.int32],
    start: int,
    company: Ints,
    change: Floats,
    mates: Floats,
    twice: Floats,
) -> None:
    """Add what each sample's going changes in the retrieval scores of some queries.

    Parameters
    ----------
    near, ends, depth, spill, others, spilled, own, start
        See ``LabelledNeighbours``; at least one place more than the company, where there is one.
    company : (rows,)
        R.
    change : (N, 3)
        To which is added what a sample's going changes more than `mates` says.
    mates : (C, 3)
        To which is added what changes without any sample of the class.
    twice : (3,)
        To which the squares of each query's changes are added, less their mean.
    """
    n, width = change.shape[0], near.shape[1] + 2
    first, last = np.zeros(width, np.int64), np.zeros(width, np.int64)
    alike = np.zeros(width, np.int64)
    hits, before = np.zeros(width), np.zeros(width)
    behind, behind_own = np.zeros(width), np.zeros(width)
    whole, away, other, same = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    one, two = np.zeros(3), np.zeros(3)
    used = 0
    for row in range(near.shape[0]):
        y, me, deep, r_all = own[row], start + row, depth[row], company[row]
        beyond = max(0, ends[row, deep - 1] - deep) if deep > 0 else 0
        if r_all == 0:
            used += beyond
            continue
        # The runs that begin among the first R + 1 places.
        runs = i = counted = 0
        while i <= r_all and i < deep:
            end = ends[row, i]
            found = 0
            for p in range(i, min(end, deep)):
                found += near[row, p] == y
            for p in range(used, used + end - deep):
                found += spill[p] == y
            first[runs], last[runs], alike[runs] = i, end, found
            hits[runs + 1] = hits[runs] + found
            within = min(end - i, r_all - i)
            more = run_precision(hits[runs], i, end - i, found, within)
            before[runs + 1] = before[runs] + more
            counted += i < r_all
            runs += 1
            i = end
        edge = counted - 1  # the run in which place R lies
        share = alike[edge] / (last[edge] - first[edge])
        to_r = hits[edge] + share * (r_all - first[edge])
        to_less = hits[edge] + share * (r_all - 1 - first[edge])
        to_more = to_r + share
        if last[edge] == r_all and runs > counted:
            to_more = to_r + alike[counted] / (last[counted] - first[counted])
        lone = last[0] == 1
        second = alike[1] / (last[1] - first[1]) if lone and runs > 1 else 0.0
        whole[0], whole[1], whole[2] = alike[0] / last[0], to_r / r_all, before[counted] / r_all
        # Without one of the class that lies beyond: nothing is left where it is the only one.
        less = r_all - 1
        if less > 0:
            within = less - first[edge]
            part = run_precision(
                hits[edge], first[edge], last[edge] - first[edge], alike[edge], within
            )
            away[0], away[1], away[2] = whole[0], to_less / less, (before[edge] + part) / less
        else:
            away[:] = 0.0
        behind[runs], behind_own[runs] = 0.0, 0.0
        for g in range(runs - 1, 0, -1):
            a, size, m = first[g], last[g] - first[g], alike[g]
            part = run_precision(hits[g], a - 1, size, m, min(size, r_all - a + 1))
            behind[g] = behind[g + 1] + part
            part = run_precision(hits[g] - 1.0, a - 1, size, m, min(size, r_all - a))
            behind_own[g] = behind_own[g + 1] + part
        one[:] = 0.0
        two[:] = 0.0
        listed = 0
        for g in range(counted):
            a, end, m = first[g], last[g], alike[g]
            left = end - a - 1
            other[0] = same[0] = whole[0]
            if g == 0:
                other[0] = m / left if left > 0 else second
                same[0] = (m - 1) / left if left > 0 else second
            if end <= r_all:
                other[1], same[1] = to_more, to_r - 1.0
            else:
                other[1] = hits[g] + (m / left * (r_all - a) if left > 0 else 0.0)
                same[1] = hits[g] + ((m - 1) / left * (less - a) if left > 0 else 0.0)
            other[2] = same[2] = before[g]
            if left > 0:
                other[2] += run_precision(hits[g], a, left, m, min(left, r_all - a))
                same[2] += run_precision(hits[g], a, left, m - 1, min(left, less - a))
            other[2] += behind[g + 1]
            same[2] += behind_own[g + 1]
            for t in range(3):
                if t > 0:
                    other[t] /= r_all
                    same[t] = same[t] / less if less > 0 else 0.0
                elif less == 0:
                    same[t] = 0.0
                d = other[t] - whole[t]
                one[t] += (left + 1 - m) * d
                two[t] += (left + 1 - m) * (d * d)
                if less > 0:  # else the query has no score without it
                    d = same[t] - whole[t]
                    one[t] += m * d
                    two[t] += m * (d * d)
            for p in range(a, end):
                if p < deep:
                    c, j = near[row, p], others[row, p]
                else:
                    c, j = spill[used + p - deep], spilled[used + p - deep]
                if j == me:
                    continue
                for t in range(3):
                    change[j, t] += same[t] - away[t] if c == y else other[t] - whole[t]
            listed += m
        for t in range(3):
            d = away[t] - whole[t]
            mates[y, t] += d
            change[me, t] -= d
            if less > 0:
                one[t] += (r_all - listed) * d
                two[t] += (r_all - listed) * (d * d)
            twice[t] += two[t] - one[t] * one[t] / (n - 1)
        used += beyond
