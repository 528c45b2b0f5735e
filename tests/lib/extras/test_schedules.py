"""Learning rates that change while a network trains."""

from dataclasses import replace

import pytest
import torch
from helpers import trained

from lib.extras import schedules
from lib.extras.schedules import OneCycle


def test_in_one_cycle_the_rate_rises_to_its_peak_and_falls_to_nearly_nothing():
    rates, built = [], OneCycle("sgd", 0.1).build([torch.zeros(1, requires_grad=True)], 40)
    for _ in range(40):
        rates.append(built.param_groups[0]["lr"])
        built.step()
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.1) and 5 < peak < 20 and rates[-1] < 0.001
    assert rates == sorted(rates[:peak]) + sorted(rates[peak:], reverse=True)


def test_a_cycle_lasts_exactly_as_long_as_the_training(round, tiny, monkeypatch):
    planned, plan, seen = [], schedules.OneCycleLR, []
    monkeypatch.setattr(schedules, "OneCycleLR", lambda *words: planned.append(words[2]) or plan(*words))
    recipe = replace(tiny, batch=30, epochs=3, optimiser=OneCycle())
    trained(recipe, round, probes=[lambda *_: seen.append(1)])
    assert planned == [len(seen)] == [3 * 4]


def test_the_rate_moves_after_every_step_of_a_training(round, tiny, monkeypatch):
    rates, build = [], OneCycle.build

    def watched(self, *words):
        built = build(self, *words)
        built.register_step_pre_hook(lambda optimiser, *_: rates.append(optimiser.param_groups[0]["lr"]))
        return built

    monkeypatch.setattr(OneCycle, "build", watched)
    trained(replace(tiny, optimiser=OneCycle("adamw", 0.01)), round)
    assert len(set(rates)) == 4 and max(rates) <= 0.01
