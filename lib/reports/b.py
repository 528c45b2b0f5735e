"""Report B: full and reduced weight sharing, with and without convolutions."""

from typing import Literal

from lib.models import Layer, Siamese
from lib.reports.system import System
from lib.training import Loss, Optimiser, Recipe

B_HEAD = (Layer(16), Layer(1, then=""))


def b_siamese(sharing: Literal["shared", "partly"] = "shared") -> Siamese:
    """B's siamese network; "partly" duplicates the second convolution and the second linear layer (RWS)."""
    branch = (
        Layer(32, kernel=3, padding=1),
        Layer(32, kernel=3, padding=1, then="relu pool2", own=True),
        Layer(64, then="relu dropout0.5"),
        Layer(64, own=True),
        Layer(10, then=""),
    )
    return Siamese(branch, B_HEAD, sharing=sharing)


def b_mlp() -> Siamese:
    """B's fully connected siamese network of 11 million parameters."""
    branch = (Layer(6272), Layer(1568, then="relu dropout0.5"), Layer(64, then="relu dropout0.5"), Layer(64))
    return Siamese((*branch, Layer(10, then="")), B_HEAD)


def train_as_b(model: Siamese, digits: float = 0.0) -> Recipe:
    """Adam, 25 epochs, batches of 100."""
    return Recipe(model, Optimiser("adam", 0.005), batch=100, loss=Loss(digits=digits))


def b_systems() -> list[System]:
    """B's table of test errors, and its MLP without auxiliary loss, which has only a curve."""
    models = {"siamese": b_siamese(), "RWS": b_siamese("partly"), "MLP": b_mlp()}
    errors = {
        "siamese aux": (0.0456, 0.0097),
        "siamese": (0.1264, 0.01776),
        "RWS aux": (0.0704, 0.01028),
        "RWS": (0.1607, 0.01303),
        "MLP aux": (0.0657, 0.0111),
        "MLP": (0.14, None),  # read off its learning curve
    }
    return [
        System(
            "B",
            name,
            train_as_b(models[name.removesuffix(" aux")], 0.7 if name.endswith(" aux") else 0.0),
            round(1 - error, 5),
            std,
            "table of errors" if std else "learning curve",
        )
        for name, (error, std) in errors.items()
    ]
