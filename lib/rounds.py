"""One round, from the draw to the test: what a worker process does, alone or on a cluster."""

from time import perf_counter
from typing import Any, NamedTuple

from torch import nn

from lib.data import Digits, Round, digits_of, generator
from lib.recipes import History, Recipe
from lib.training import SCORES, Diverged, entry, fit, one_thread, wrong_answers

Result = dict[str, Any]  # {"row": the numbers of a table, "history": by epoch, "wrong": pairs}


class Trained(NamedTuple):
    """A network after its training, the round it was trained on, and how it went."""

    model: nn.Module
    round: Round
    history: History


def trained(recipe: Recipe, number: int, digits: Digits, curves: bool = True) -> Trained:
    """One network to look inside: the one that ``play`` trains in the round of this number, from fresh weights.

    (Under a carried-over protocol ``play_chain`` trains another: one that has been through all rounds before.)
    """
    round, model = recipe.draw(number, digits), recipe.fresh(number)
    history = fit(model, round, recipe, generator(number, "training"), curves=curves)
    model.zero_grad()  # the gradients of the last step, which nobody should add to
    return Trained(model, round, history)


@one_thread()
def play(recipe: Recipe, number: int, digits: Digits, curves: bool = False, model: nn.Module | None = None) -> Result:
    """One whole round. "wrong" of its Result is what ``training.wrong_answers`` finds in the test set.

    Without ``model`` the round starts from fresh weights. With ``curves`` the history has every epoch. A run that
    diverges is a row with status "diverged" and no accuracies, not an error.
    """
    round = recipe.draw(number, digits)
    model = model or recipe.fresh(number)
    row = {"round": number, "protocol": recipe.protocol.name, "data": digits.name}
    row["parameters"] = sum(weights.numel() for weights in model.parameters())
    start = perf_counter()
    try:
        history = fit(model, round, recipe, generator(number, "training"), curves=curves)
    except Diverged:
        row |= {"seconds": perf_counter() - start, "status": "diverged"} | dict.fromkeys(SCORES, float("nan"))
        return {"row": row, "history": [], "wrong": []}
    kept = history[-1]
    if any(extra.chooses() for extra in recipe.extras):  # the weights are not those of the last epoch
        kept = entry(model, round, recipe, recipe.epochs, kept["loss"])
    row |= {"seconds": perf_counter() - start, "status": "done"} | {name: kept[name] for name in SCORES}
    return {"row": row, "history": history, "wrong": wrong_answers(model, round.test, recipe)}


def play_chain(recipe: Recipe, last: int, digits: Digits, curves: bool = False) -> list[Result]:
    """Rounds 0 to ``last`` of a carried-over protocol: one network, built once, goes through all of them."""
    model = recipe.fresh(0)
    return [play(recipe, number, digits, curves, model) for number in range(last + 1)]


def play_all(recipe: Recipe, numbers: list[int], data: str | Digits, curves: bool) -> list[Result]:
    """The rounds in ``numbers``, in their order, as a worker process is asked for them.

    ``data`` is digits by value or by source. This module knows no tables, so that a worker starts without pandas.
    """
    digits = digits_of(data)
    if recipe.protocol.carried:
        chain = play_chain(recipe, max(numbers), digits, curves)
        return [chain[number] for number in numbers]
    return [play(recipe, number, digits, curves) for number in numbers]
