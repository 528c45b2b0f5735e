"""What a network still gets wrong: every pair, with its picture, so that a reader can look at it."""

from collections.abc import Iterable, Mapping

import pandas as pd
import torch
from torch import Tensor, nn

from lib.data import Digits, Pairs, draw, load_once
from lib.experiment import records
from lib.recipes import Recipe

COLUMNS = ["system", "round", "pair", "digit0", "digit1", "read0", "read1", "image0", "image1"]


def find(
    systems: Mapping[str, Recipe],
    rounds: int | Iterable[int] = 10,
    data: str | Digits = "sample",
    jobs: int = -1,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """Every test pair that a system answers wrongly: one row for each, COLUMNS.

    ``pair`` is its place in the round's test set, ``read0`` and ``read1`` are the digits that the network's outputs
    name (empty where it has none), ``image0`` and ``image1`` the pictures as text (see ``images``). Systems and
    rounds as in ``experiment.run``, which gives and takes the same trainings.
    """
    digits = data if isinstance(data, Digits) else load_once(data)
    rows = []
    for name, record in records(systems, rounds, data, jobs, scheduler):
        protocol, number = systems[name].protocol, record["row"]["round"]
        drawn = draw(digits, 0 if protocol.one_dataset else number, protocol.train, protocol.test)
        rows += [{"system": name, "round": number} | row for row in _described(drawn.test, record["wrong"])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _described(test: Pairs, wrong: list[list[int]]) -> Iterable[dict]:
    low, high = test.images.min(), test.images.max()
    for pair, *read in wrong:
        grey = (255 * (test.images[pair] - low) / (high - low)).round().to(torch.uint8)  # (2, 14, 14)
        row = {"pair": pair}
        for side in (0, 1):
            row[f"digit{side}"] = int(test.digits[pair, side])
            row[f"read{side}"] = read[side] if read else None
            row[f"image{side}"] = bytes(grey[side].flatten().tolist()).hex()
        yield row


def largest_outputs(model: nn.Module, pairs: Pairs) -> Tensor:
    """(10, 10) counts: the true digit in rows, its largest output in columns. Judged in eval mode, which is put back.

    The model has digit outputs; their largest need not mean the digit of its number.
    """
    mode = model.training
    model.eval()
    with torch.inference_mode():
        outputs = model(pairs.images).digits.argmax(dim=2)  # (n, 2)
    model.train(mode)
    return (10 * pairs.digits + outputs).flatten().bincount(minlength=100).view(10, 10)


def images(table: pd.DataFrame) -> Tensor:
    """(n, 2, 14, 14): the pictures of ``table``, from 0, the background, to 1.

    As text, a picture is two hexadecimal digits for each pixel, row by row.
    """
    texts = table[["image0", "image1"]].to_numpy().flatten()
    grey = [list(bytes.fromhex(text)) for text in texts]
    return torch.tensor(grey, dtype=torch.float32).view(-1, 2, 14, 14) / 255
