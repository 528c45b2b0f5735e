"""Trained networks that somebody looks into, kept in the ledger's folder, so that none of them is trained twice.

A file holds what a training leaves: weights, running averages of batch norm, the history, and how far the network's
random numbers had come, so that whatever is asked of the network next has the same answer. (What an extra of your own
hangs on a module beside these, such as a hook, it does not hold.)
"""

import dataclasses
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lib.recipes import History
from lib.store import ledger
from lib.store.files import write_atomically
from lib.store.ledger import Entry


def find(entry: Entry) -> tuple[nn.Module, History] | None:
    """The network of one round and its history, or None. One judged by epoch serves where only its end is wanted."""
    for serving in dict.fromkeys((entry, dataclasses.replace(entry, curves=True))):
        if kept := read(serving):
            model, history = kept
            return model, history if entry.curves else history[-1:]
    return None


def read(entry: Entry) -> tuple[nn.Module, History] | None:
    """What is kept of one network, or None where there is no file, or none that can be read."""
    file = path(entry)
    if not file.exists():
        return None
    model = entry.recipe.fresh(entry.round)
    structure = str(model)  # the trained one has another where an extra has built in other modules
    try:
        kept = torch.load(file, weights_only=True)
        if (kept["key"], kept["structure"]) != (entry.key, structure):
            return None
        restore(model, kept)
    except Exception:  # cut short, or not ours: then it is trained again
        return None
    return model, kept["history"]


def restore(model: nn.Module, kept: dict[str, Any]) -> None:
    """Give ``model``, fresh, all that ``keep`` wrote. Raises where the two do not fit."""
    model.load_state_dict(kept["weights"])
    for name, weights in model.named_parameters():
        weights.requires_grad_(name not in kept["frozen"])
    for generator, state in zip(generators(model), kept["random"], strict=True):
        generator.set_state(state)


def keep(entry: Entry, model: nn.Module, history: History) -> None:
    """Write a trained network, in one step. Raises OSError, naming the file, when the disk is full."""
    content = {
        "key": entry.key,
        "structure": str(model),
        "weights": dict(model.state_dict()),
        "frozen": [name for name, weights in model.named_parameters() if not weights.requires_grad],
        "random": [generator.get_state() for generator in generators(model)],
        "history": history,
    }
    write_atomically(path(entry), lambda file: torch.save(content, file))


def path(entry: Entry) -> Path:
    return ledger.folder() / f"{entry.key}.pt"


def generators(model: nn.Module) -> list[torch.Generator]:
    """Those from which the modules of a network, such as dropout, take their random numbers; each once."""
    found = [getattr(module, "generator", None) for module in model.modules()]
    return [generator for generator in dict.fromkeys(found) if isinstance(generator, torch.Generator)]
