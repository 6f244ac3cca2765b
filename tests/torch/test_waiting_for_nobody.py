"""Heads where nobody may look at a number, as on a GPU: the same digits, and nothing looks."""

import contextlib

import numpy as np
import pytest
import test_logits
import test_losses
import test_proxies
import test_scale
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from hiertools_torch import EMA, Dynamic, MDSFixed, ProxyHead
from hiertools_torch.heads import head, logits, losses, proxies, unit_rows
from hiertools_torch.heads.chords import squared_chords

KINDS, kinds = test_logits.KINDS, test_logits.kinds


@contextlib.contextmanager
def looking(look: bool):
    """Say whether anybody may look at the numbers of a tensor."""
    with pytest.MonkeyPatch.context() as patch:
        for room in (head, logits, losses, proxies, unit_rows):
            patch.setattr(room, "can_look", lambda tensor: look)
        yield


@pytest.fixture(autouse=True, scope="module")
def _nobody_looks():
    with looking(False):
        yield


class Waits(TorchDispatchMode):
    """Collects operations that bring numbers of a tensor to the processor, or shapes by them."""

    LOOKS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "is_nonzero", "equal")

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = str(function).split(".")[1]
        masks = [x for x in args[1] if x is not None and x.dtype == torch.bool] if (
            name in ("index", "index_put", "index_put_")
        ) else []  # fmt: skip
        if name.startswith(self.LOOKS) or masks:
            self.found.append(name)
        return function(*args, **(kwargs or {}))


TREE = MDSFixed(2 - 2 * np.eye(30))
OPTIONS = [
    *(
        {"logits": one, "form": form, **proxies, **scale}
        for one, form in KINDS
        for proxies in ({}, {"proxies": EMA()}, {"proxies": TREE})
        for scale in ({}, {"scale": Dynamic(start=8.0)})
    ),
    {"logits": "softmax"},
    {"proxies": TREE, "loss": "corr"},
    {"class_prior": range(1, 31), "label_smoothing": 0.1, "class_weights": range(1, 31)},
]


@pytest.mark.parametrize("given", OPTIONS, ids=range(len(OPTIONS)))
def test_a_step_looks_at_nothing(given):
    torch.manual_seed(0)
    module = ProxyHead(30, 40, **given)
    x, y = torch.randn(20, 40, requires_grad=True), torch.randint(0, 30, (20,))
    with Waits() as waits:
        for _ in range(2):
            module(x, y).loss.backward()
            module.update()
    assert waits.found == []


@kinds
@pytest.mark.parametrize("given", [{}, {"proxies": EMA()}, {"scale": Dynamic(start=8.0)}], ids=str)
def test_steps_are_those_of_somebody_who_looks(logits, form, given):
    results = []
    for look in (False, True):
        torch.manual_seed(0)
        module = ProxyHead(30, 40, logits=logits, form=form, **given).double()
        with looking(look):
            for seed in range(5):
                torch.manual_seed(seed)
                x, y = torch.randn(20, 40).double().requires_grad_(), torch.randint(0, 30, (20,))
                module.zero_grad()
                loss, out = module(x, y)
                loss.backward()
                module.update()
        slopes = [parameter.grad for parameter in module.parameters()]
        state = module.state_dict().values()
        results.append([loss.detach(), out.detach(), x.grad, *slopes, *state])
    for one, other in zip(*results):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_squared_chords_are_as_near_to_the_true_ones_as_is_said(dtype):
    f = test_logits.unit_rows(60, 128, 0)
    for chord in (1.0, 0.3, 0.03, 1e-3, 1e-5):
        near_ones = f + chord * test_logits.unit_rows(60, 128, 1)
        p = torch.nn.functional.normalize(torch.cat([near_ones, -near_ones])).to(dtype)
        rows = f.to(dtype)
        near, far = squared_chords(rows, p)
        a, b = rows.double()[:, None], p.double()[None]
        for found, true in ((near, (a - b).square().sum(2)), (far, (a + b).square().sum(2))):
            limit = 3e-9 if dtype == torch.float32 else 4e-16
            rounding = torch.finfo(dtype).eps * true
            assert ((found.double() - true).abs() <= limit + 2 * rounding).all()
        nearest = near.argmin(1)
        direct = (rows.double() - p.double()[nearest]).square().sum(1)
        torch.testing.assert_close(near.amin(1).double(), direct, rtol=1e-4, atol=0)


# What holds where numbers are looked at must hold here, too.

test_the_definition = test_logits.test_logits_are_those_of_the_definition
test_small_distances = test_logits.test_small_distances_keep_their_digits_in_float32
test_small_gradients = test_logits.test_gradients_near_a_proxy_keep_their_digits_in_float32
test_angles_near_pi = test_logits.test_angles_near_pi_keep_their_digits_in_float32
test_finite = test_logits.test_logits_and_gradients_are_finite_everywhere
test_no_features = test_logits.test_no_features
test_any_length = test_losses.test_rows_of_any_length_and_of_none
test_long_proxies = test_losses.test_small_distances_to_long_proxies_keep_their_digits_in_float32
test_no_samples = test_losses.test_no_samples_have_no_loss
test_averages = test_proxies.test_moving_averages_follow_the_definition
test_opposite_features = (
    test_proxies.test_update_without_a_batch_or_with_opposite_features_moves_nothing
)
test_adam = test_scale.test_a_step_is_adam_on_the_log_of_the_scale
