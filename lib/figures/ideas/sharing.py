"""Pictures of weight sharing: where the weights of a convolution stand in its matrix."""

import numpy as np
from matplotlib.colors import ListedColormap
from torch import Tensor

from lib.figures.house import COLOURS, WIDTH, Picture, in_house_style, one_axes

EMPTY = "none"  # where there is no weight


@in_house_style
def shared_entries(places: Tensor, caption: str) -> Picture:
    """The matrix of a linear map with shared weights: ``places`` (rows, columns) numbers them from 1, with 0 for none.

    The entries of one weight have one colour and its number. Raises ValueError for anything but whole numbers.
    """
    numbers = places.round().int().numpy()
    if not np.allclose(numbers, places.numpy(), atol=1e-4) or numbers.min() < 0:
        raise ValueError("number the weights 1, 2, 3, …, and put 0 where there is none")
    rows, columns = numbers.shape
    figure, axes = one_axes(WIDTH * rows / columns + 0.7)
    colours = ListedColormap([EMPTY, *(COLOURS[i % len(COLOURS)] for i in range(numbers.max()))])
    axes.imshow(numbers, cmap=colours, vmin=0, vmax=numbers.max(), alpha=0.55)
    for row, column in np.argwhere(numbers):
        axes.text(column, row, str(numbers[row, column]), ha="center", va="center")
    axes.set(xlabel="pixel", ylabel="place")
    axes.set_xticks([0, columns - 1], ["1", str(columns)])
    axes.set_yticks([0, rows - 1], ["1", str(rows)])
    used, times = np.unique(numbers[numbers > 0], return_counts=True)
    often = f"{times[0]} times" if len({*times}) == 1 else f"{times.min()} to {times.max()} times"
    alt = (
        f"A matrix of {rows} rows and {columns} columns in which {len(used)} weights stand {often} each, on diagonals; "
        f"{int((numbers == 0).sum())} entries are empty."
    )
    return Picture(figure, alt, caption)
