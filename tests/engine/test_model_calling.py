"""``model(x)`` against ``model.forward(x)``."""

import pytest
import torch
from torch import nn

from netcore.errors import StackError
from netcore.model.calling import HookRun, compare_calls
from netcore.model.ready_made import list_ready_made
from netcore.model.stack import Stack

BATCH = torch.rand(4, 1, 28, 28)


def test_both_ways_give_equal_logits_and_only_a_call_runs_the_hooks_of_the_network():
    result = compare_calls(Stack.parse("flatten, linear(784, 10)").build(0), BATCH)
    assert (result.difference, result.differentiable) == (0.0, True)
    layers = tuple(HookRun(name, when) for name in ("0", "1") for when in ("before", "after"))
    assert result.called == (HookRun("", "before"), *layers, HookRun("", "after"))
    assert result.forwarded == layers
    assert result.only_called == (HookRun("", "before"), HookRun("", "after"))


@pytest.mark.parametrize("ready", list_ready_made(), ids=lambda ready: ready.name)
def test_ready_made_classes_answer_alike_on_both_ways(ready):
    assert compare_calls(ready.build(0), BATCH).difference == 0.0


def test_what_is_random_even_in_eval_is_drawn_alike():
    class Noisy(nn.Linear):
        def forward(self, x):
            return super().forward(nn.functional.dropout(x.flatten(1), 0.5))

    assert compare_calls(Noisy(784, 10), BATCH).difference == 0.0


def test_a_hook_that_changes_the_output_shows_as_the_difference():
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    model.register_forward_hook(lambda module, args, output: output + 1)
    assert compare_calls(model, BATCH).difference == pytest.approx(1.0)


def test_the_model_is_as_before():
    model = Stack.parse("flatten, dropout, linear(784, 10)").build(0).train()
    model[1].eval()
    compare_calls(model, BATCH)
    assert [module.training for module in model.modules()] == [True, True, False, True]
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_an_output_that_is_no_tensor_is_refused():
    class Two(nn.Module):
        def forward(self, x):
            return x, x

    with pytest.raises(StackError, match="a value of type tuple"):
        compare_calls(Two(), BATCH)
