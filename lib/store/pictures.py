"""Small pictures as text, for tables: two hexadecimal digits for each pixel, row by row."""

import pandas as pd
import torch
from torch import Tensor

from lib.data import Pairs


def mistake(test: Pairs, pair: int, *read: int) -> dict:
    """A wrongly answered pair of ``test``, and the digits ``read``, as a row."""
    low, high = test.images.min(), test.images.max()
    grey = (255 * (test.images[pair] - low) / (high - low)).round().to(torch.uint8)  # (2, 14, 14)
    row: dict = {"pair": pair}
    for side in (0, 1):
        row[f"digit{side}"] = int(test.labels[pair, side])
        row[f"read{side}"] = read[side] if read else None
        row[f"image{side}"] = bytes(grey[side].flatten().tolist()).hex()
    return row


def pictures(mistakes: pd.DataFrame) -> Tensor:
    """(n, 2, 14, 14): the pictures of a table of mistakes, from 0, the background, to 1."""
    texts = mistakes[["image0", "image1"]].to_numpy().flatten()
    grey = [list(bytes.fromhex(text)) for text in texts]
    return torch.tensor(grey, dtype=torch.float32).view(-1, 2, 14, 14) / 255
