"""What is left where a goal is not reached, and why: shown on the page below such rows alone."""

from __future__ import annotations

LEFT: dict[str, str] = {
    "core scores, no permutations": """
        With 1,000 classes, of some 57 ms of processor time on one core, sorting all distances twice
        (once to find those that rounding alone keeps apart, once to rank them) takes 9, sorting
        their rows 5, what each row says of its class 5, the distances themselves 7, the chain of
        nearest neighbours 4, reading tree distances as codes 3, moving rows to their places 3,
        retrieval 4, and the rest is many steps of less than 2. Ranking once more would spare 4: it
        takes the codes of the tree along.""",
    "infer_tree, average": """
        With 1,000 classes, of 5.3 to 6.3 ms of processor time beside scipy's 6.7, the chain of
        nearest neighbours takes 3.9; writing the distances to where they are used up 0.4; making
        heights equal that rounding keeps apart 0.3; and the tree with its checks 0.5. Beside scipy
        in one process, taking turns, it takes 0.75 of its time. With 2,000 classes all but the
        chain is a tenth.""",
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
        With 1,000 classes, the quickest tenth of steps takes 1,130 microseconds of processor time
        beside the linear layer's 940. Three products of matrices take 550 and the softmax 45, about
        as there. What the head does besides: unit features and proxies 60, what turns these of the
        gradient 65, and the own classes' shares and the loss 40. The rest, 370, is Python, autograd
        and the way to some 35 operations of PyTorch, and 270 in the linear layer's step. With 100
        classes nearly all is that: of 325 microseconds, 255 are left with 4 samples and 10 classes,
        of which the linear layer has 136.""",
    "ProxyDR, batch 64": """
        As NormFace (1,215 microseconds of processor time), with further passes over all logits:
        the logarithm of squared distances 70 microseconds, its multiplication by the scale 15, the
        largest logit, which tells whether distances are to be computed exactly, 10, and dividing
        the gradient by the squared distances 10.""",
    "ProxyDR, batch 256": """
        With 1,000 classes, the quickest tenth of steps takes 3,330 microseconds of processor time
        beside the linear layer's 2,840. Three products of matrices take 2,150 and the softmax 180,
        as there. Beyond it are the logarithm of squared distances, 280, three more passes over all
        logits, 120, and unit rows and their gradient, 100 to 300: as after every large product, the
        code of small operations comes from slow memory. Arrays of 1 MB that the system hands out
        anew would cost 350 each, so a step takes over those of the last.""",
}
"""By the name of a row."""
