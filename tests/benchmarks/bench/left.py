"""What is left where a goal is not reached, and why: shown on the page below such rows alone."""

from __future__ import annotations

LEFT: dict[str, str] = {
    "core scores, no permutations": """
        With 1,000 classes no step takes a tenth of the time: sorting rows of distances 8 % of it,
        least and largest numbers and sums of whole arrays 6 %, correlations of rows 6 %, the
        products of vectors and writing them to their places 4 % each, and so on.""",
    "infer_tree, average": """
        With 1,000 classes, of 6.3 ms of processor time beside scipy's 7.6, the chain of nearest
        neighbours takes 3.9; writing the distances to where they are used up 0.4; and the rest is
        what scipy leaves to its caller: heights that rounding keeps apart are made equal, merges
        numbered, and a tree made of them, 2 ms in Python. With 2,000 classes that is a tenth.""",
    "neighbour joining": """
        The goal is a ratio of an earlier run. Code of 23 November 2026 (commit 1b4bb7c) takes no
        less now, both in one run on a busy machine: 2.1 s of processor time, 2.0 in the present
        state, 0.5 of which write the square of 5,000 classes, which is used up.""",
    "default call, caterpillar": """
        With 120 classes, most of it is the null of R-precision and MAP@R: 868 relabellings have
        14,280 neighbours each, and a neighbour changes the scores of all levels that it shares.
        They are updated in steps as the logarithm of the levels does, 12 ns for all of them: about
        a third of the whole, which takes 0.46 s of processor time, where the balanced tree takes
        0.17 s for everything. Its 119 levels also make 357 rows to test, 0.05 s. Written in C, sums
        over two to thirty-two levels a step took between 6 and 14 ns, and with 1,500 classes up to
        16 ns: no arrangement of them was found that is quicker by a multiple.""",
    "triplets": """
        The goal is a ratio of an earlier run. Code of 23 November 2026 (commit 1b4bb7c) takes no
        less now, 16 ms a call beside 14 in the present state. All but half a millisecond is
        the counting itself: for each node, the other tree is cut down to the classes of its smaller
        branches.""",
    "AHS@250": """
        Half of the processor time are the products of matrices, at 88 GFLOP/s and each pair's
        once, where faiss makes them twice: alone they take 0.27 of faiss's
        search. The rest: a pass over all products that keeps 3 in 100 of them 11 %, a guess of what
        to keep 10 %, sorting what was kept 10 to 18 %, and the scores 2 %.""",
    "NormFace, batch 64": """
        Three products of matrices and the log-softmax are half of the linear layer's time, and the
        same here. What the head does besides, in microseconds with 1,000 classes, in a copy of its
        step: lengths of the class vectors 30, dividing cosines and gradient by them 80, shares and
        the own class's to full precision 45, and taking the radial part off the gradient 100; the
        rest is Python between PyTorch's operations, each of which takes some 2 to 5. With 100
        classes nearly all of it is that, as it is in plain PyTorch.""",
    "ProxyDR, batch 64": """
        As NormFace, with further passes over all logits: squared distances, the least of them,
        which tells whether some are to be computed exactly, their logarithm, and dividing the
        gradient by them.""",
}
"""By the name of a row."""
