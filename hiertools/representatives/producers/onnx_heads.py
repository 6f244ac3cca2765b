"""onnx: - the last Gemm or MatMul of an ONNX graph."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from hiertools._core.doors import door
from hiertools._core.files import require_file
from hiertools._core.memory import refuse_lack
from hiertools.errors import FileFormatError, RepresentativesError
from hiertools.representatives.producers._heads import Matrix, head_representatives
from hiertools.representatives.producers._names import Names
from hiertools.representatives.producers.registry import require
from hiertools.representatives.producers.state_dicts import found_names
from hiertools.representatives.representatives import ClassRepresentatives


@door
def from_onnx(
    path: str | os.PathLike[str], /, *, classes: Names = None, layer: str | None = None
) -> ClassRepresentatives:
    """Read the head of an ONNX model: the constant factor of its last Gemm or MatMul.

    Parameters
    ----------
    path
        The model. Weights beside it in other files are read too.
    classes
        Class names in the order of outputs: a list, a file with one name a line, a mapping of class
        to index, or ``"indices"``. By default those of scikit-learn's LinearClassifier, or of the
        model's metadata (``"classes"``, ``"names"``, ... as JSON); others are refused where it has
        some.
    layer
        Name of the constant. By default the only one with as many outputs as classes.

    Returns
    -------
    ClassRepresentatives
        Kind "weights". The bias is not used.

    Raises
    ------
    FileFormatError
        No such file, or not of its format.
    RepresentativesError
        No such factor, several, names missing or not as many as outputs.
    """
    onnx = require("onnx", "onnx")
    require_file(path)
    try:
        model = onnx.load(str(path))
        if not model.graph.node:
            raise ValueError("the graph is empty")
        matrices, found = _factors(model.graph, onnx.numpy_helper)
    except Exception as cause:  # noqa: BLE001  (protobuf's errors have no common base)
        refuse_lack(cause, f"{path}: reading it")
        raise FileFormatError(
            f"{path}: is no readable ONNX model: {str(cause).strip().partition(chr(10))[0]}"
        ) from None
    if found is None:
        found = found_names({entry.key: entry.value for entry in model.metadata_props})
    if not matrices:
        raise RepresentativesError(
            f"{path}: no Gemm or MatMul of the graph has a constant matrix, so there is no head."
        )
    return head_representatives(
        matrices,
        classes,
        Path(path).name,
        found=found,
        layer=layer,
        provenance={"file": Path(path).name, "producer": model.producer_name},
    )


def _factors(graph: Any, helper: Any) -> tuple[list[Matrix], list[str] | None]:
    """Return the constant factors of matrix products, and class names where a node has them."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    turned: dict[str, tuple[str, bool]] = {}  # what only passes a constant on, perhaps transposed
    matrices: list[Matrix] = []
    found = None
    for node in graph.node:
        attributes = {a.name: a for a in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            constants[node.output[0]] = attributes["value"].t
        elif node.op_type in ("Identity", "Transpose") and node.input[0] in {*constants, *turned}:
            source, flip = turned.get(node.input[0], (node.input[0], False))
            turned[node.output[0]] = (source, flip != (node.op_type == "Transpose"))
        elif node.op_type == "LinearClassifier":
            held = {key: list(a.strings) or list(a.ints) for key, a in attributes.items()}
            labels = [text.decode() for text in held.get("classlabels_strings", ())]
            n_classes = len(labels) or len(held.get("classlabels_ints", ()))
            rows = np.asarray(attributes["coefficients"].floats, dtype=np.float64)
            if n_classes and rows.size % n_classes == 0:
                found = labels or None  # numbers as labels are no names
                matrices.append(
                    Matrix(node.name or node.op_type, rows.reshape(n_classes, -1), "rows")
                )
        elif node.op_type in ("Gemm", "MatMul"):
            for place, name in enumerate(node.input[:2]):
                source, flip = turned.get(name, (name, False))
                if source not in constants or len(constants[source].dims) != 2:
                    continue
                key = ("transA", "transB")[place]
                flip ^= node.op_type == "Gemm" and key in attributes and attributes[key].i == 1
                # x W has its outputs on the columns of W, W x on the rows.
                axis = "columns" if (place == 1) != flip else "rows"
                matrices.append(Matrix(source, helper.to_array(constants[source]), axis))
    return matrices, found
