"""Class vectors whose dot products are exactly the similarities of a tree (Barz and Denzler 2019).

The similarity of two classes is 1 - height(LCA) / height(root). Heights rise towards the root, so
the matrix S of similarities is the sum, over the nodes, of what each of them adds to the classes
below it, which is never negative, and is positive at each class's own leaf. So S is positive
definite and has one factor ``S = L L'`` that is lower triangular with a positive diagonal
(Cholesky's): its rows are the vectors, of unit length since S has ones on its diagonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hiertools._core.checks import finite, numeric
from hiertools._core.doors import door
from hiertools._core.threads import one_blas_thread
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools import ClassTree


@door(own_check=("source", "classes"))
def exact_embedding(
    source: ClassTree | ArrayLike, *, classes: Sequence[str] | None = None
) -> NDArray[np.float64]:
    """Return unit vectors whose dot products are the classes' similarities.

    Parameters
    ----------
    source : ClassTree or array (C, C)
        A tree, or similarities: symmetric, 1 on the diagonal, positive definite.
    classes : sequence of str, optional
        The tree's classes in the order wanted; by default its own order.

    Returns
    -------
    ndarray of float64, shape (C, C)
        A row a class. It is lower triangular: row i lies in the first i + 1 dimensions.

    References
    ----------
    Barz and Denzler 2019, "Hierarchy-based image embeddings for semantic image retrieval",
    DOI 10.1109/WACV.2019.00073.

    Examples
    --------
    >>> import hiertools as ht
    >>> tree = ht.ClassTree.from_newick("((lynx,wolf),newt);")
    >>> exact_embedding(tree).round(3)
    array([[1.   , 0.   , 0.   ],
           [0.5  , 0.866, 0.   ],
           [0.   , 0.   , 1.   ]])
    """
    from hiertools.measures.similarity import class_similarity
    from hiertools.trees.tree import ClassTree

    if isinstance(source, ClassTree):
        names = source.classes if classes is None else classes
        similarity = class_similarity(source, names, similarity="barz")
    else:
        similarity = np.array(numeric(source, "source", OptionError), dtype=np.float64)
        square = similarity.ndim == 2 and similarity.shape[0] == similarity.shape[1]
        if not square or not np.allclose(similarity, similarity.T, rtol=0, atol=1e-12):
            raise OptionError(
                f"source must be symmetric, of shape (C, C); got shape {similarity.shape}."
            )
        finite(similarity, "source", OptionError)
        if not np.allclose(np.diag(similarity), 1.0, rtol=0, atol=1e-12):
            raise OptionError("source must have ones on its diagonal: each class is itself.")
    try:
        with one_blas_thread():
            vectors = np.linalg.cholesky(similarity)
    except np.linalg.LinAlgError:
        raise OptionError(
            "these similarities are no dot products of different unit vectors (their matrix is not "
            "positive definite), so no vectors have them; MDSFixed makes the best of such."
        ) from None
    return vectors.astype(np.float64, copy=False)
