"""Report B: full and reduced weight sharing, with and without convolutions."""

from dataclasses import replace
from typing import Literal

from lib.course.reports.system import System
from lib.extras.protocols import Published
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe

B_HEAD = (Layer(16), Layer(1, then=""))


def b_siamese(sharing: Literal["shared", "partly"] = "shared") -> SiameseNetwork:
    """B's siamese network; "partly" duplicates the second convolution and the second linear layer (RWS)."""
    branch = (
        Layer(32, kernel=3, padding=1),
        Layer(32, kernel=3, padding=1, then="relu pool2", own=True),
        Layer(64, then="relu dropout0.5"),
        Layer(64, own=True),
        Layer(10, then=""),
    )
    return SiameseNetwork(branch, B_HEAD, sharing=sharing)


def b_mlp() -> SiameseNetwork:
    """B's fully connected siamese network of 11 million parameters."""
    branch = (Layer(6272), Layer(1568, then="relu dropout0.5"), Layer(64, then="relu dropout0.5"), Layer(64))
    return SiameseNetwork((*branch, Layer(10, then="")), B_HEAD)


def train_as_b(model: SiameseNetwork, auxiliary: float = 0.0) -> Recipe:
    """Adam, 25 epochs, batches of 100."""
    return Recipe(model, Optimiser("adam", 0.005), batch=100, loss=Loss(auxiliary=auxiliary))


# The pairs are not shuffled, and the test set is standardised by its own mean and standard deviation.
B_PROTOCOL = Published("published", shuffle="never", own_statistics=True)


def b_systems() -> list[System]:
    """B's table of test errors, and its MLP without auxiliary loss, which has only a curve."""

    def row(name: str, model: SiameseNetwork, auxiliary: float, error: float, std: float | None) -> System:
        clean, source = train_as_b(model, auxiliary), "Table 1" if std else "end of its learning curve"
        return System("B", name, clean, replace(clean, protocol=B_PROTOCOL), round(1 - error, 4), std, source)

    return [
        row("siamese aux", b_siamese(), 0.7, 0.0456, 0.0097),
        row("siamese", b_siamese(), 0.0, 0.1264, 0.01776),
        row("RWS aux", b_siamese("partly"), 0.7, 0.0704, 0.01028),
        row("RWS", b_siamese("partly"), 0.0, 0.1607, 0.01303),
        row("MLP aux", b_mlp(), 0.7, 0.0657, 0.0111),
        row("MLP", b_mlp(), 0.0, 0.14, None),
    ]
