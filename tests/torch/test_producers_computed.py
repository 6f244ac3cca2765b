"""Heads as the model computes them: normalised, adapted, quantised, wrapped; or named."""

import argparse
import collections
import datetime
import os
import pathlib
import pickle
import types
import warnings

import numpy as np
import pytest
import torch
from pytorch_metric_learning import losses
from torch import nn
from torch.nn.utils import parametrizations, parametrize, prune

from hiertools import FileFormatError, HiertoolsError, RepresentativesError
from hiertools.producers import from_checkpoint, from_module, from_safetensors, from_state_dict
from hiertools.representatives.producers.plain_pickles import reads_plain_data

NAMES = ["lynx", "puma", "wolf"]


class Net(nn.Module):
    def __init__(self, head):
        super().__init__()
        self.body = nn.Linear(7, 5)
        self.fc = head

    def forward(self, x):
        return self.fc(torch.relu(self.body(x)))


def rows_of(layer, width=5):
    """What a layer computes with: its outputs for each unit vector, less those for zero."""
    layer = layer.eval()
    with torch.no_grad():
        ends = torch.eye(width)
        if isinstance(layer, nn.Conv1d | nn.Conv2d):
            ends = ends.reshape(width, width, *[1] * len(layer.kernel_size))
        zero = layer(torch.zeros_like(ends[:1]))
        return (layer(ends) - zero).reshape(width, -1).T.double().numpy()


def old(function, **options):
    def made():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated, and in many checkpoints
            return function(nn.Linear(5, 3), **options)

    return made


def pruned():
    layer = nn.Linear(5, 3)
    prune.random_unstructured(layer, "weight", amount=0.4)
    return layer


HEADS = {
    "weight_norm": old(nn.utils.weight_norm),
    "weight_norm over columns": old(nn.utils.weight_norm, dim=1),
    "weight_norm of all": old(nn.utils.weight_norm, dim=None),
    "spectral_norm": old(nn.utils.spectral_norm),
    "parametrised weight_norm": lambda: parametrizations.weight_norm(nn.Linear(5, 3)),
    "parametrised weight_norm over columns": lambda: parametrizations.weight_norm(
        nn.Linear(5, 3), dim=1
    ),
    "parametrised spectral_norm": lambda: parametrizations.spectral_norm(nn.Linear(5, 3)),
    "pruned": pruned,
    "Conv1d": lambda: nn.Conv1d(5, 3, 1),
    "Conv2d": lambda: nn.Conv2d(5, 3, 1),
    "weight_norm of Conv1d": lambda: parametrizations.weight_norm(nn.Conv1d(5, 3, 1)),
}


@pytest.mark.parametrize("head", HEADS)
def test_a_head_as_it_computes(head, tmp_path):
    torch.manual_seed(0)
    net = Net(HEADS[head]())
    with torch.no_grad():  # the parts no longer fit the weight that they were made of
        for name, parameter in net.fc.named_parameters():
            if name.endswith(("weight_g", "original0")):
                parameter.mul_(torch.rand_like(parameter) + 0.5)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    path = tmp_path / "m.pt"
    torch.save(net.state_dict(), path)
    found = [
        from_module(net, NAMES, layer="fc"),
        from_checkpoint(path, classes=NAMES, layer="fc"),
        from_state_dict(net.state_dict(), NAMES, layer="fc"),
    ]
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())  # left as it was
    expected = rows_of(net.fc)
    for each in found:
        np.testing.assert_allclose(each.vectors, expected, rtol=1e-5, atol=1e-6)
        assert each.vectors.shape == (3, 5)
    if "Conv" not in head:  # which are looked at where no linear layer is
        np.testing.assert_allclose(from_module(net, NAMES).vectors, expected, rtol=1e-5, atol=1e-6)


def test_a_parametrisation_that_tensors_do_not_tell():
    class Doubled(nn.Module):
        def forward(self, x):
            return 2 * x

    for layer in (nn.Linear(5, 3), nn.Linear(5, 3)):
        parametrize.register_parametrization(layer, "weight", Doubled())
        net = Net(layer)
        np.testing.assert_allclose(from_module(net, NAMES).vectors, rows_of(layer), atol=1e-6)
        with pytest.raises(RepresentativesError, match="'fc.weight' is computed by a parametrisat"):
            from_state_dict(net.state_dict(), NAMES)
        parametrize.remove_parametrizations(layer, "weight")  # as the sentence advises
        np.testing.assert_allclose(
            from_state_dict(net.state_dict(), NAMES).vectors, rows_of(layer), atol=1e-6
        )
    orthogonal = parametrizations.orthogonal(nn.Linear(5, 3))
    np.testing.assert_allclose(
        from_module(orthogonal, NAMES).vectors, rows_of(orthogonal), atol=1e-6
    )
    with pytest.raises(RepresentativesError, match="by a parametrisation"):
        from_state_dict(orthogonal.state_dict(), NAMES)


# ---- adapters, keys as peft writes them


def peft_state(target="fc", rank=3):
    """A head (or body) that LoRA changes; the rank is the number of classes, as it may be."""
    fc, body = torch.randn(3, 5), torch.randn(5, 7)
    state = {"body.weight": body, "body.bias": torch.zeros(5), "fc.weight": fc,
             "fc.bias": torch.zeros(3)}  # fmt: skip
    out, width = state[f"{target}.weight"].shape
    state = {
        f"base_model.model.{k.replace(target, f'{target}.base_layer')}": v for k, v in state.items()
    }
    state[f"base_model.model.{target}.lora_A.default.weight"] = torch.randn(rank, width)
    state[f"base_model.model.{target}.lora_B.default.weight"] = torch.randn(out, rank)
    return state, fc


def test_lora():
    state, fc = peft_state("body")
    assert np.array_equal(from_state_dict(state, NAMES).vectors, fc.double().numpy())
    assert np.array_equal(from_state_dict(state, NAMES, layer="fc").vectors, fc.double().numpy())
    state, _ = peft_state("fc")
    for layer in (None, "fc"):
        with pytest.raises(
            RepresentativesError, match=r"is changed by LoRA \('lora_A', 'lora_B'\)"
        ):
            from_state_dict(state, NAMES, layer=layer)
    alone = {
        k.replace(".default", ""): v for k, v in state.items() if ".lora_" in k
    }  # adapter_model.safetensors
    with pytest.raises(RepresentativesError, match="is changed by LoRA.*merge_and_unload"):
        from_state_dict(alone, NAMES)
    loralib = {"fc.weight": torch.randn(3, 5), "fc.lora_A": torch.randn(2, 5),
               "fc.lora_B": torch.randn(3, 2)}  # fmt: skip
    with pytest.raises(RepresentativesError, match="is changed by LoRA"):
        from_state_dict(loralib, NAMES)


def test_modules_to_save():
    state, _ = peft_state("body")
    trained = torch.randn(3, 5)
    stem = "base_model.model.fc"
    state[f"{stem}.original_module.weight"] = state.pop(f"{stem}.weight")
    state[f"{stem}.modules_to_save.default.weight"] = trained
    for layer in (None, "fc"):
        found = from_state_dict(state, NAMES, layer=layer)
        assert np.array_equal(found.vectors, trained.double().numpy())
    state[f"{stem}.modules_to_save.other.weight"] = torch.randn(3, 5)
    with pytest.raises(RepresentativesError, match="2 matrices fit 3 classes"):
        from_state_dict(state, NAMES)


class Adapted(nn.Module):
    """As peft's ``lora.Linear`` is made."""

    def __init__(self, base, rank=2):
        super().__init__()
        self.base_layer, out, width = base, base.out_features, base.in_features
        self.lora_A = nn.ModuleDict({"default": nn.Linear(width, rank, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(rank, out, bias=False)})
        self.scaling, self.active_adapters = {"default": 0.7}, ["default"]
        self.merged = self.disable_adapters = False

    def forward(self, x):
        change = self.lora_B["default"](self.lora_A["default"](x))
        return self.base_layer(x) + self.scaling["default"] * change


class Saved(nn.Module):
    """As peft's ``ModulesToSaveWrapper`` is made."""

    def __init__(self, module):
        super().__init__()
        self.original_module = module
        self.modules_to_save = nn.ModuleDict({"default": nn.Linear(5, 3)})
        self.active_adapters = ["default"]


def test_adapters_in_a_module():
    net = Net(Adapted(nn.Linear(5, 3), rank=3))
    found = from_module(net, NAMES)
    np.testing.assert_allclose(found.vectors, rows_of(net.fc), atol=1e-6)
    assert found.provenance["layer"] == "fc"
    net.fc.merged = True
    base = net.fc.base_layer.weight.detach().double().numpy()
    assert np.array_equal(from_module(net, NAMES).vectors, base)
    net.fc.merged, net.fc.use_dora = False, {"default": True}
    with pytest.raises(RepresentativesError, match="is changed by an adapter .Adapted.*merge"):
        from_module(net, NAMES)
    net = Net(Saved(nn.Linear(5, 3)))
    trained = net.fc.modules_to_save["default"].weight.detach().double().numpy()
    for layer in (None, "fc"):
        assert np.array_equal(from_module(net, NAMES, layer=layer).vectors, trained)


# ---- tied weights and prefixes


def test_tied_weights_are_one():
    net = nn.Module()
    net.embed, net.out = nn.Embedding(3, 5), nn.Linear(5, 3, bias=False)
    net.second = nn.Linear(5, 3, bias=False)
    net.out.weight = net.second.weight = net.embed.weight
    expected = net.out.weight.detach().double().numpy()
    assert np.array_equal(from_module(net, NAMES).vectors, expected)
    assert np.array_equal(from_state_dict(net.state_dict(), NAMES).vectors, expected)
    assert from_module(net, "indices").n_classes == 3
    net.second = nn.Linear(5, 3)
    with pytest.raises(RepresentativesError, match="2 matrices fit"):
        from_module(net, NAMES)


@pytest.mark.parametrize(
    "prefix", ["module.", "_orig_mod.", "model.", "module._orig_mod.", "model._orig_mod.net."]
)
def test_prefixes(prefix):
    net = Net(nn.Linear(5, 3))
    net.other = nn.Linear(5, 3)
    expected = net.fc.weight.detach().double().numpy()
    state = {f"{prefix}{k}": v for k, v in net.state_dict().items()}
    for held in (
        state,
        {"state_dict": state, "state_dict_ema": {f"{prefix}fc.weight": torch.ones(3, 5)}},
    ):
        for layer in ("fc", "fc.weight", f"{prefix}fc"):
            assert np.array_equal(from_state_dict(held, NAMES, layer=layer).vectors, expected)
    wrapped = nn.Module()
    wrapped.module = net
    assert np.array_equal(from_module(wrapped, NAMES, layer="fc").vectors, expected)
    assert np.array_equal(from_module(net, NAMES, layer="module.fc").vectors, expected)
    both = {**state, "fc.weight": torch.zeros(3, 5), "net.fc.weight": torch.ones(3, 5)}
    assert not from_state_dict(both, NAMES, layer="fc").vectors.any()
    with pytest.raises(
        RepresentativesError, match="3 matrices could be meant by layer='network.fc'"
    ):
        from_state_dict(both, NAMES, layer="network.fc")


# ---- turned, several centres, quantised, of 8 and 16 bits


def test_the_turned_layer_of_transformers():
    from transformers.pytorch_utils import Conv1D

    layer = Conv1D(3, 5)
    nn.init.normal_(layer.weight)
    expected = layer.weight.detach().double().numpy().T
    for found in (
        from_module(layer, NAMES),
        from_module(layer, "indices"),
        from_state_dict(layer.state_dict(), NAMES),
        from_state_dict(layer.state_dict(), "indices"),
    ):
        assert np.array_equal(found.vectors, expected)


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (losses.SubCenterArcFaceLoss(num_classes=3, embedding_size=5, sub_centers=2), "W"),
        (losses.SoftTripleLoss(num_classes=3, embedding_size=5, centers_per_class=2), "fc"),
        (losses.SubCenterArcFaceLoss(num_classes=3, embedding_size=3, sub_centers=2), "W"),
    ],
)
def test_several_centres_a_class(loss, name):
    for classes in (NAMES, "indices"):
        with pytest.raises(
            RepresentativesError,
            match=rf"{name}' holds 2 centres a class .*weights.T.reshape\(n_classes, 2, -1\)",
        ):
            from_module(loss, classes)
    weights = getattr(loss, name)
    centres = weights.T.reshape(3, 2, -1).mean(1)
    assert torch.allclose(centres[1], weights[:, 2:4].mean(1))
    if len(weights) != 3:
        with pytest.raises(RepresentativesError, match=f"If '{name}' holds 2 centres a class"):
            from_state_dict(loss.state_dict(), NAMES)


def test_dynamically_quantised_heads(tmp_path):
    from torch.ao.quantization import quantize_dynamic

    net = Net(nn.Linear(5, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated
        small = quantize_dynamic(net, {nn.Linear}, dtype=torch.qint8)
        expected = small.fc.weight().dequantize().double().numpy()
        path = tmp_path / "m.pt"
        torch.save(small.state_dict(), path)
        assert np.array_equal(from_module(small, NAMES).vectors, expected)
        assert np.array_equal(from_checkpoint(path, classes=NAMES).vectors, expected)
        assert np.array_equal(from_checkpoint(path, classes=NAMES, layer="fc").vectors, expected)


def test_numbers_of_8_bits(tmp_path):
    import safetensors.torch

    weight = torch.randn(3, 5)
    small = weight.to(torch.float8_e4m3fn)
    exact = small.double().numpy()
    assert np.array_equal(from_state_dict({"fc.weight": small}, NAMES).vectors, exact)
    for kind in (torch.float8_e4m3fn, torch.float8_e5m2, torch.bfloat16, torch.float16):
        path = tmp_path / "m.safetensors"
        safetensors.torch.save_file({"fc.weight": weight.to(kind)}, path)
        expected = weight.to(kind).double().numpy()
        assert np.array_equal(from_safetensors(path, classes=NAMES).vectors, expected)
    scale = torch.rand(3, 1)
    for name, factor in (("weight_scale", scale), ("weight_scale_inv", torch.tensor(0.5))):
        found = from_state_dict({"fc.weight": small, f"fc.{name}": factor}, NAMES)
        np.testing.assert_allclose(found.vectors, exact * factor.double().numpy(), rtol=1e-6)
    blocks = {"fc.weight": small, "fc.weight_scale_inv": torch.rand(2, 2)}
    with pytest.raises(RepresentativesError, match=r"scale of shape \(2, 2\) .*dequantise"):
        from_state_dict(blocks, NAMES)
    with pytest.raises(RepresentativesError, match="whole numbers of 8 bits.*dequantise"):
        from_state_dict({"fc.weight": weight.to(torch.int8)}, NAMES)
    packed = {"fc.qweight": torch.zeros(1, 3, dtype=torch.int32), "fc.scales": torch.ones(1, 3)}
    with pytest.raises(RepresentativesError, match="packed numbers of a quantised layer"):
        from_state_dict(packed, NAMES)


def test_numbers_of_4_bits_in_a_module():
    layer = nn.Linear(4, 3)
    layer.weight = nn.Parameter(torch.zeros(6, 1, dtype=torch.uint8), requires_grad=False)
    with pytest.raises(RepresentativesError, match="'fc' holds whole numbers of 8 bits"):
        from_module(Net(layer), NAMES)


def test_torchscript(tmp_path):
    net = Net(nn.Linear(5, 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated
        script = torch.jit.script(net)
        script.save(str(tmp_path / "m.pt"))
        with pytest.raises(
            FileFormatError, match=r"TorchScript archive.*from_module\(torch.jit.lo"
        ):
            from_checkpoint(tmp_path / "m.pt", classes=NAMES)
        loaded = torch.jit.load(str(tmp_path / "m.pt"))
        expected = net.fc.weight.detach().double().numpy()
        for layer in (None, "fc"):
            assert np.array_equal(from_module(loaded, NAMES, layer=layer).vectors, expected)


def test_parts_in_safetensors(tmp_path):
    import safetensors.torch

    layer = parametrizations.weight_norm(nn.Linear(5, 3))
    path = tmp_path / "m.safetensors"
    safetensors.torch.save_file(layer.state_dict(), path, metadata={"format": "pt"})
    for classes in (NAMES, "indices"):
        found = from_safetensors(path, classes=classes).vectors
        np.testing.assert_allclose(found, rows_of(layer), rtol=1e-5, atol=1e-6)
    state, _ = peft_state("fc")
    state = {k.replace(".default", ""): v for k, v in state.items() if ".lora_" in k}
    safetensors.torch.save_file(state, path)
    with pytest.raises(RepresentativesError, match="is changed by LoRA"):
        from_safetensors(path, classes=NAMES)


# ---- one sentence


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (torch.randn(3, 5).to_sparse(), "'fc.weight' must be dense; got a sparse "),
        (torch.randn(3, 5, device="meta"), "lies on the device 'meta'.*load the weights first"),
        (torch.randn(3, 5, dtype=torch.complex64), "'fc.weight' must be real numbers; got complex"),
    ],
)
def test_weights_that_are_none(weight, message):
    net = nn.Module()
    net.fc = nn.Linear(5, 3)
    net.fc.weight = nn.Parameter(weight)
    for options in ({}, {"layer": "fc"}):
        with pytest.raises(RepresentativesError, match=message):
            from_state_dict({"fc.weight": weight, "fc.bias": torch.ones(3)}, NAMES, **options)
        with pytest.raises(
            RepresentativesError, match=message.replace("fc.weight", "fc").replace("Tensor", "")
        ):
            from_module(net, NAMES, **options)
    nested = {
        "n": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
        "fc.weight": net.fc.weight,
    }
    with pytest.raises(RepresentativesError, match=message):
        from_state_dict(nested, NAMES)


def test_a_path_for_classes(tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("\n".join(NAMES))
    net = nn.Linear(5, 3)
    path = tmp_path / "m.pt"
    torch.save(net.state_dict(), path)
    for found in (
        from_module(net, names),
        from_checkpoint(path, classes=names),
        from_state_dict(net.state_dict(), names),
    ):
        assert found.classes == tuple(NAMES)
    for wrong, why in (("none.txt", "there is no such file"), ("", "is a folder")):
        with pytest.raises(HiertoolsError, match=f"{why}; give a list of names"):
            from_module(net, tmp_path / wrong)


# ---- what lies beside the weights


BESIDE = {
    "Namespace": argparse.Namespace(lr=0.1, out=pathlib.Path("runs/a"), classes=NAMES),
    "SimpleNamespace": types.SimpleNamespace(lr=0.1),
    "float64": np.float64(0.5),
    "float32": np.float32(0.5),
    "int64": np.int64(3),
    "bool": np.bool_(True),
    "str": np.str_("adam"),
    "array": np.arange(6.0).reshape(2, 3),
    "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "names": np.array(["a", "b"]),
    "objects": np.array(["a", None], dtype=object),
    "dtype": np.dtype("float32"),
    "type": np.float32,
    "path": pathlib.Path("runs/a"),
    "pure": pathlib.PureWindowsPath("c:/runs"),
    "time": datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "deque": collections.deque([1.5, 2.5], maxlen=5),
    "counter": collections.Counter("abba"),
}


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("zipped", [True, False])
def test_plain_data_beside_the_weights(tmp_path, beside, zipped):
    net = nn.Linear(5, 3)
    path = tmp_path / "m.pt"
    content = {"state_dict": net.state_dict(), "args": BESIDE[beside], "best": [BESIDE[beside]]}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    if not reads_plain_data(torch) and beside != "counter":  # which PyTorch knew before
        with pytest.raises(FileFormatError, match="can't read without running code, as 2.6"):
            from_checkpoint(path, classes=NAMES)
        return
    allowed = set(torch.serialization.get_safe_globals())
    found = from_checkpoint(path, classes=NAMES)
    assert np.array_equal(found.vectors, net.weight.detach().double().numpy())
    assert set(torch.serialization.get_safe_globals()) == allowed
    if beside == "Namespace":
        assert from_checkpoint(path).classes == tuple(NAMES)


def test_weights_of_numpy_in_a_checkpoint(tmp_path):
    weight = np.arange(15.0).reshape(3, 5)
    path = tmp_path / "m.pt"
    for held in (weight, np.asfortranarray(weight), weight.astype(">f8"), weight.astype("f4")):
        torch.save({"fc.weight": held, "classes": np.array(NAMES)}, path)
        if not reads_plain_data(torch):
            with pytest.raises(FileFormatError, match="can't read without running code, as 2.6"):
                from_checkpoint(path)
            continue
        found = from_checkpoint(path)
        assert np.array_equal(found.vectors, weight)
        assert found.classes == tuple(NAMES)


class Call:
    """A pickle that calls something."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Mine:
    pass


def _ran(*_):
    raise SystemExit("a checkpoint ran code")


@pytest.mark.parametrize(
    ("hostile", "named"),
    [
        (Call(os.system, "exit 1"), "system"),
        (Call(exec, "raise SystemExit"), "exec"),
        (Call(eval, "1"), "eval"),
        (Call(getattr, argparse.Namespace(), "a"), "getattr"),
        (Call(__import__, "os"), "__import__"),
        (Call(_ran), "_ran"),
        (Call(pickle.loads, b""), "loads"),
        (Call(np.load, "a.npy"), "load"),
        (Call(np.fromfile, "a"), "fromfile"),
        (Call(pathlib.Path.unlink, pathlib.Path("a")), "getattr"),
        (argparse.HelpFormatter, "HelpFormatter"),
        (Mine(), "Mine"),
        (np.zeros(1, dtype=[("a", "f4")]), "numpy.dtype"),
        (collections.defaultdict(Mine), "Mine"),
    ],
)
def test_hostile_pickles_are_still_refused(tmp_path, hostile, named):
    path = tmp_path / "m.pt"
    beside = argparse.Namespace(inner=hostile)
    for content in (hostile, {"fc.weight": torch.ones(3, 5), "args": hostile},
                    {"fc.weight": torch.ones(3, 5), "args": beside}):  # fmt: skip
        torch.save(content, path)
        told = rf"holds more than .*{named}.*would run code"
        if not reads_plain_data(torch):  # it stops at the plain data around
            told += "|can't read without running code"
        with pytest.raises(FileFormatError, match=told):
            from_checkpoint(path, classes=NAMES)


def test_forged_arrays_are_refused(tmp_path):
    """Of numpy's own functions none is called with what a file says."""

    class Forged:
        def __init__(self, *state):
            self.state = state

        def __reduce__(self):
            rebuild = np.zeros(1).__reduce__()[0]
            return rebuild, (np.ndarray, (0,), b"b"), self.state

    path = tmp_path / "m.pt"
    forged = [("O", (1,), b"12345678"), ("f8", (1,), [1.0]), ("f8", (1,), b"123")]
    forged += [("f8", (1,), b"1" * 80), ("f8", (-1, -1), b"12345678")]
    forged += [("O", (1 << 20,), [1.0]), ("O", (0,), [1.0]), ("O", (1, "x"), [1.0])]
    for kind, shape, content in forged:
        torch.save(
            {"w": torch.ones(3, 5), "x": Forged(1, shape, np.dtype(kind), False, content)}, path
        )
        told = r"m\.pt: (is no readable|holds more than|holds plain data)"
        with pytest.raises(FileFormatError, match=told):
            from_checkpoint(path, classes=NAMES)
