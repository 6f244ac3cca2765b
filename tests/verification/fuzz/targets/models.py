"""Heads of models, from the files that frameworks write."""

from __future__ import annotations

from pathlib import Path

import hiertools as ht
from fuzz.again import vectors_again
from fuzz.bundles import archive, parts
from fuzz.target import Target
from fuzz.targets.vectors import whole


def _safetensors(data: bytes, folder: Path) -> None:
    path = whole(data, folder, "given.safetensors")
    vectors_again(ht.produce(path, classes=["a", "b", "c"]), folder)


def _onnx(data: bytes, folder: Path) -> None:
    vectors_again(ht.produce(whole(data, folder, "given.onnx"), classes=["a", "b", "c"]), folder)


def _checkpoint(data: bytes, folder: Path) -> None:
    vectors_again(ht.produce(whole(data, folder, "given.pt"), classes=["a", "b", "c"]), folder)


def _checkpoint_members(data: bytes, folder: Path) -> None:
    """Read a checkpoint whose members are the parts of the input, with right check sums."""
    given = {name.replace("data-", "data/"): content for name, content in parts(data).items()}
    path = whole(archive(given, "archive/"), folder, "given.pt")
    vectors_again(ht.produce(path), folder)


PICKLE = ("\n%% data.pkl\n", "\n%% data-0\n", "\n%% version\n", "\n%% byteorder\n", "ctorch\n",
           "ctorch._utils\n_rebuild_tensor_v2\n", "FloatStorage\n", "storage", "cpu",
           "ccollections\nOrderedDict\n", "cnumpy._core.multiarray\n_reconstruct\n",
           "cnumpy\nndarray\n", "cnumpy\ndtype\n", "cbuiltins\ngetattr\n", "R", "tR", "b", ".",
           "cos\nsystem\n", "cargparse\nNamespace\n", "cpathlib\nPosixPath\n",
           "cdatetime\ntimedelta\n", "cbuiltins\nint\n", "cbuiltins\nset\n")  # fmt: skip

TARGETS = (
    Target("safetensors", "safetensors", _safetensors, ("producer safetensors", "from_safetensors"),
           ('{"', '"dtype":"F32"', '"shape":[3,2]', '"data_offsets":[0,24]', "__metadata__", "BF16",
            "F64", "I8", "F8_E4M3", '"weight":', "classes"),
           ("safetensors", "ml_dtypes")),
    Target("onnx", "ONNX graphs", _onnx, ("producer onnx", "from_onnx"),
           ("Gemm", "MatMul", "transB", "weight", "Constant", "value", "Transpose", "location"),
           ("onnx",)),
    Target("checkpoint", "PyTorch checkpoints", _checkpoint,
           ("producer torch", "from_checkpoint"), PICKLE, ("torch",)),
    Target("checkpoint-members", "the parts of PyTorch checkpoints", _checkpoint_members,
           ("from_state_dict",), PICKLE, ("torch",)),
)  # fmt: skip
