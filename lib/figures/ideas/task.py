"""Pictures of the chapter on the task."""

import numpy as np

from lib.figures.house import SHARES, WIDTH, Picture, in_house_style, one_axes


@in_house_style
def all_pairs(caption: str) -> Picture:
    """The hundred pairs of digits as squares: 45 less, 10 ties, 45 greater; the darker 55 are a yes."""
    figure, axes = one_axes(WIDTH * 0.8)
    first, second = np.indices((10, 10))
    axes.imshow(0.3 * (first < second) + 0.6 * (first == second), cmap=SHARES, vmin=0, vmax=1)
    axes.text(6.5, 2.5, "45: less,\nyes", ha="center", va="center")
    axes.text(2.5, 6.5, "45: greater,\nno", ha="center", va="center")
    for digit in range(10):
        axes.text(digit, digit, "=", ha="center", va="center")
    axes.set(xticks=range(10), yticks=range(10), xlabel="second digit", ylabel="first digit")
    alt = (
        "A square for each pair of digits: the first is less in 45 of 100, equal in 10 on the diagonal, greater in 45."
    )
    return Picture(figure, alt, caption)
