"""A picture of the chapter on building knowledge in: what the probability head adds up."""

import numpy as np
import pandas as pd
from torch import Tensor

from lib.figures.house import MAIN, SHARES, WIDTH, Picture, in_house_style, one_axes

LARGEST = 300  # square points, of a dot


@in_house_style
def joint(p: Tensor, q: Tensor, caption: str) -> Picture:
    """The table of p_i · q_j for two beliefs, (10,) each: a dot for each pair of digits, i ≤ j on a shaded part."""
    products = np.outer(p.numpy(), q.numpy())
    first, second = np.indices(products.shape)
    figure, axes = one_axes(WIDTH * 0.8)
    axes.imshow(0.25 * (first <= second), cmap=SHARES, vmin=0, vmax=1)
    axes.scatter(second, first, s=LARGEST * products / products.max(), color=MAIN)
    axes.set(xticks=range(10), yticks=range(10), xlabel="second digit, j", ylabel="first digit, i")
    axes.spines[:].set_visible(True)
    share = products[first <= second].sum()
    likely = np.unravel_index(products.argmax(), products.shape)
    alt = (
        f"A dot for each pair of digits, the largest at first {likely[0]}, second {likely[1]}; "
        f"those with i ≤ j are shaded and hold {share:.3f} of the whole."
    )
    table = pd.DataFrame(products.round(3), index=pd.RangeIndex(10, name="first digit ↓, second →"))
    return Picture(figure, alt, caption, table)
