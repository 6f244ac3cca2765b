"""The dynamic scale: its conditions against second derivatives, its start, its Adam step."""

import copy
import math
import warnings

import numpy as np
import pytest
import torch

from hiertools.errors import HiertoolsWarning, OptionError
from hiertools_torch.heads.scale import Dynamic, DynamicScale, Fixed, condition, start_scale

KINDS = [(logits, form) for logits in ("normface", "proxydr") for form in ("euclidean", "angular")]
kinds = pytest.mark.parametrize(("logits", "form"), KINDS)


def probability(variable, scale, wrong, logits, form):
    """Return the class probability at an angle (NormFace) or a distance (ProxyDR)."""
    if logits == "proxydr":
        own = variable**-scale
    elif form == "euclidean":
        own = torch.exp(scale * torch.cos(variable))
    else:
        own = torch.exp(-scale * variable**2)
    return own / (own + wrong)


def complement(variable, scale, wrong, logits, form):
    """Return one minus the class probability, without a difference."""
    if logits == "proxydr":
        own = variable**scale
    elif form == "euclidean":
        own = torch.exp(-scale * torch.cos(variable))
    else:
        own = torch.exp(scale * variable**2)
    return wrong * own / (1 + wrong * own)


def second_derivative(angle, scale, wrong, logits, form):
    """Return the second derivative of the probability, by autograd."""
    at = angle
    if logits == "proxydr" and form == "euclidean":
        at = 2 * math.sin(angle / 2)
    at = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    value = probability(at, scale, wrong, logits, form)
    if value > 0.5:  # Of its complement, which keeps its digits.
        value = -complement(at, scale, wrong, logits, form)
    first = torch.autograd.grad(value, at, create_graph=True)[0]
    return float(torch.autograd.grad(first, at)[0])


@kinds
@pytest.mark.parametrize("angle", [0.2, 0.5, math.pi / 4])
@pytest.mark.parametrize("wrong", [0.05, 3.0, 200.0])
def test_the_condition_is_where_the_second_derivative_vanishes(logits, form, angle, wrong):
    scales = np.linspace(0.3, 40, 400)
    values = condition(scales, angle, math.log(wrong), logits, form)[0].numpy()
    seconds = [second_derivative(angle, s, wrong, logits, form) for s in scales]
    # Equal up to a factor that never vanishes: the same sign everywhere, or the opposite one.
    agree = np.sign(values) == np.sign(seconds)
    assert agree.all() or (~agree).all()


@kinds
def test_derivative_of_the_condition(logits, form):
    for angle in (0.1, 0.6):
        for s in (0.8, 3.0, 12.0):
            numeric = (
                condition(s + 1e-5, angle, 1.2, logits, form)[0]
                - condition(s - 1e-5, angle, 1.2, logits, form)[0]
            ) / 2e-5
            found = float(condition(s, angle, 1.2, logits, form)[1])
            assert found == pytest.approx(float(numeric), rel=1e-6)


@kinds
def test_the_condition_never_overflows(logits, form):
    for s in (1e-3, 1.0, 1e4):
        for log_wrong in (-1e4, 0.0, 1e4):
            assert all(np.isfinite(condition(s, 1e-6, log_wrong, logits, form)))


@kinds
@pytest.mark.parametrize("n_classes", [2, 3, 10, 22, 23, 48, 49, 100, 555, 20_000])
def test_the_start_is_the_largest_root(logits, form, n_classes):
    start, fulfilled = start_scale(n_classes, logits, form)
    angle = math.pi / 4

    def log_wrong(s):
        if logits == "proxydr":
            return math.log(n_classes - 1) - s * math.log(
                math.sqrt(2) if form == "euclidean" else math.pi / 2
            )
        return math.log(n_classes - 1) - (s * (math.pi / 2) ** 2 if form == "angular" else 0)

    scales = np.linspace(0.05, 45, 20_000)
    values = condition(scales, angle, log_wrong(scales), logits, form)[0].numpy()
    changes = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
    assert fulfilled == bool(len(changes))
    few = {("normface", "euclidean"): 22, ("normface", "angular"): 48}
    assert fulfilled == (n_classes > few.get((logits, form), 0))
    if fulfilled:
        assert scales[changes[-1]] - 1e-9 <= start <= scales[changes[-1] + 1] + 1e-9
        wrong = math.exp(log_wrong(start))
        scale_of_curve = max(
            abs(second_derivative(angle, s, wrong, logits, form)) for s in (start / 2, 2 * start)
        )
        assert abs(second_derivative(angle, start, wrong, logits, form)) < 1e-8 * scale_of_curve


def test_the_start_with_a_prior_is_the_same():
    """With labels drawn from the prior, the wrong classes' priors over the own sum to C - 1."""
    prior = np.random.default_rng(0).dirichlet(np.ones(7))
    assert sum(prior * (1 - prior) / prior) == pytest.approx(6)


def test_few_classes_warn_and_start_where_the_condition_is_nearest():
    with pytest.warns(HiertoolsWarning, match="no root for normface .* with 10 classes"):
        scale = Dynamic().build(10, "normface", "euclidean")
    assert float(scale.value) == pytest.approx(math.sqrt(6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert float(Dynamic(start=4.0).build(10, "normface", "euclidean").value) == 4.0


@kinds
def test_a_step_is_adam_on_the_log_of_the_scale(logits, form):
    scale = DynamicScale(6.0, 1e-2, logits, form)
    log_s = torch.tensor(math.log(6.0), dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([log_s], lr=1e-2)
    g = torch.Generator().manual_seed(0)
    for _ in range(30):
        angles = torch.rand(9, generator=g, dtype=torch.float64)
        log_wrong = torch.randn(9, generator=g, dtype=torch.float64)
        scale.record(angles[:4], log_wrong[:4])
        scale.record(angles[4:], log_wrong[4:])
        scale.update()
        # Literally, by autograd, with B at the present scale held fixed.
        theta = min(math.pi / 4, float(angles.median()))
        wrong = torch.exp(log_wrong).mean()
        s = torch.exp(log_s)
        if logits == "proxydr":
            d = 2 * math.sin(theta / 2) if form == "euclidean" else theta
            value = wrong * (s + 1) * d**s - s + 1
        elif form == "euclidean":
            cos, sin, e = math.cos(theta), math.sin(theta), torch.exp(s * math.cos(theta))
            value = cos * (wrong + e) + s * sin**2 * (e - wrong)
        else:
            square = s * theta**2
            value = wrong * torch.exp(square) * (2 * square - 1) - (2 * square + 1)
        adam.zero_grad()
        (value**2).backward()
        adam.step()
        assert float(scale.value) == pytest.approx(math.exp(float(log_s.detach())), rel=1e-12)
    state = adam.state[log_s]
    assert scale.adam.tolist() == pytest.approx(
        [30, float(state["exp_avg"]), float(state["exp_avg_sq"])], rel=1e-9
    )


def test_the_median_of_an_even_number_of_angles_is_the_middle():
    one, two = (DynamicScale(6.0, 1e-2, "proxydr", "euclidean") for _ in range(2))
    one.record(torch.tensor([0.1, 0.2, 0.4, 0.7]), torch.zeros(4))
    two.record(torch.full((4,), 0.3), torch.zeros(4))
    one.update()
    two.update()
    assert float(one.adam[1]) == pytest.approx(float(two.adam[1]), rel=1e-6)


def test_nothing_recorded_or_nan_moves_nothing():
    scale = DynamicScale(6.0, 1e-2, "proxydr", "euclidean")
    scale.update()
    scale.record(torch.tensor([0.1, math.nan]), torch.zeros(2))
    scale.update()
    assert float(scale.value) == 6.0
    assert scale.adam.tolist() == [0, 0, 0]


def test_a_copy_and_a_reloaded_scale_go_on_as_the_original():
    def step(scale, seed):
        g = torch.Generator().manual_seed(seed)
        scale.record(torch.rand(9, generator=g), torch.randn(9, generator=g))
        scale.update()

    scale, reloaded = (DynamicScale(start, 1e-2, "proxydr", "euclidean") for start in (6.0, 9.0))
    for seed in range(5):
        step(scale, seed)
    copied = copy.deepcopy(scale)
    reloaded.load_state_dict(scale.state_dict())
    step(copied, 5)  # which must not move the original
    for one in (scale, reloaded):
        step(one, 5)
    for one in (copied, reloaded):
        assert torch.equal(one.value, scale.value)
        assert torch.equal(one.adam, scale.adam)


def test_an_outlier_leaves_the_state_finite():
    scale = DynamicScale(300.0, 1e-2, "proxydr", "euclidean")
    for log_wrong in (4000.0, -4000.0, 1.0):
        scale.record(torch.tensor([0.7]), torch.tensor([log_wrong]))
        scale.update()
    assert scale.adam.isfinite().all()
    assert 200 < float(scale.value) < 400


def test_buffers_keep_float64_when_the_model_is_cast():
    scale = DynamicScale(6.1, 1e-2, "proxydr", "euclidean").to(torch.bfloat16)
    assert scale.value.dtype == scale.adam.dtype == torch.float64
    assert float(scale.value) == 6.1
    assert float(Fixed(3.3).build(5, "proxydr", "euclidean").half().value) == 3.3


@pytest.mark.parametrize("make", [lambda: Fixed(0), lambda: Fixed(math.inf), lambda: Fixed(-1)])
def test_a_scale_must_be_positive(make):
    with pytest.raises(
        OptionError, match=r"scale=Fixed\(value=...\) must be a finite number above 0"
    ):
        make()


def test_options_of_dynamic_are_checked():
    with pytest.raises(OptionError, match="learning_rate"):
        Dynamic(learning_rate=-1)
    with pytest.raises(OptionError, match="start"):
        Dynamic(start=0.0)
