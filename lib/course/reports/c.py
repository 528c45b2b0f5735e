"""Report C: an MLP and a ConvNet; activations, dropout, batch norm, sharing, and the weight of the losses."""

from dataclasses import replace
from itertools import product

from lib.course.reports.system import System
from lib.extras.protocols import Published
from lib.layers import Layer, Layers
from lib.models import Network, PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe


def c_mlp_features(
    widths: tuple[int, ...] = (128, 64, 32, 256), activation: str = "relu", dropout: float = 0.0
) -> Layers:
    then = activation + (f" dropout{dropout}" if dropout else "")
    return tuple(Layer(width, then=then) for width in widths)


def c_conv_features(channels: tuple[int, ...] = (32, 64, 32), activation: str = "relu", norm: bool = False) -> Layers:
    c1, c2, c3 = channels
    then = ("norm " if norm else "") + activation
    return (
        Layer(c1, kernel=3, then=then + " pool2"),
        Layer(c2, kernel=3, padding=1, then=then + " pool2"),
        Layer(c3, kernel=2, padding=1, then=then + " pool3"),
    )


def c_head(out: int, hidden: int = 512, activation: str = "relu") -> Layers:
    """The ConvNet's head. Its dropout is in C's code, not in its report."""
    return (Layer(hidden, before="dropout0.5", then=activation), Layer(out, before="dropout0.5", then=""))


def c_mlp(
    shared: bool = False,
    digit_head: bool = False,
    widths: tuple[int, ...] = (128, 64, 32, 256),
    activation: str = "relu",
    dropout: float = 0.0,
) -> Network:
    """C's MLP: for the pair, or shared, with or without its digit head."""
    features, head = c_mlp_features(widths, activation, dropout), (Layer(1, then=""),)
    if not shared:
        return PairNetwork(features + head)
    return SiameseNetwork(features, head, digit_head=(Layer(10, then=""),) if digit_head else None)


def c_convnet(
    shared: bool = False,
    digit_head: bool = False,
    channels: tuple[int, ...] = (32, 64, 32),
    hidden: int = 512,
    activation: str = "relu",
    norm: bool = False,
) -> Network:
    """C's ConvNet: for the pair, or shared, with or without its digit head."""
    features, head = c_conv_features(channels, activation, norm), c_head(1, hidden, activation)
    if not shared:
        return PairNetwork(features + head)
    return SiameseNetwork(features, head, digit_head=c_head(10, hidden, activation) if digit_head else None)


def train_as_c(model: Network, rate: float = 0.001, auxiliary: float = 0.0, target: float = 1.0) -> Recipe:
    """Adam, 30 epochs, batches of 100. C's λ is ``target``: it stands before the comparison, and auxiliary = 1."""
    return Recipe(model, Optimiser("adam", rate), epochs=30, batch=100, loss=Loss(target, auxiliary))


LAMBDAS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)
C_ACTIVATIONS = {  # rate, then mean and std of the MLP and of the ConvNet
    "relu": (0.001, (0.8069, 0.0072), (0.8138, 0.0226)),
    "tanh": (0.001, (0.7777, 0.0397), (0.7789, 0.0518)),
    "sigmoid": (0.01, (0.7784, 0.0204), (0.6934, 0.0896)),
    "selu": (0.001, (0.7621, 0.0299), (0.7813, 0.0481)),
}
C_AUX_MLP = (0.8758, 0.8784, 0.8817, 0.8794, 0.8840, 0.8795, 0.8756, 0.8807, 0.8821, 0.8807, 0.8812)
C_AUX_MLP_STD = (0.0035, 0.0078, 0.0043, 0.0076, 0.0044, 0.0063, 0.0059, 0.0087, 0.0056, 0.0083, 0.0112)
C_AUX_CONVNET = (0.9013, 0.9046, 0.9078, 0.9142, 0.9069, 0.9091, 0.9092, 0.9062, 0.9091, 0.9102, 0.9069)
C_AUX_CONVNET_STD = (0.0088, 0.0114, 0.0056, 0.0076, 0.0083, 0.0039, 0.0081, 0.0068, 0.0073, 0.0047, 0.0083)


# One data set for all ten rounds, and one order of its pairs for all epochs of a round.
C_PROTOCOL = Published("published", shuffle="once", one_dataset=True)


def c_systems() -> list[System]:
    """C's Figs 4 to 7, with the digits of its ``plots.py``, and its final networks, from its notes and its text."""

    def row(name: str, clean: Recipe, mean: float, std: float | None, source: str) -> System:
        return System("C", name, clean, replace(clean, protocol=C_PROTOCOL), mean, std, source)

    def both(model: Network, weight: float) -> Recipe:
        return train_as_c(model, auxiliary=1.0, target=weight)

    mlp, convnet = c_mlp(shared=True, digit_head=True), c_convnet(shared=True, digit_head=True)
    rows = []
    for activation, (rate, in_mlp, in_convnet) in C_ACTIVATIONS.items():
        rows.append(row(f"MLP {activation}", train_as_c(c_mlp(activation=activation), rate), *in_mlp, "Fig. 4"))
        model = c_convnet(activation=activation)
        rows.append(row(f"ConvNet {activation}", train_as_c(model, rate), *in_convnet, "Fig. 4"))
    for dropout, printed in {0.2: (0.7981, 0.0063), 0.5: (0.8018, 0.0067), 0.8: (0.7130, 0.0293)}.items():
        rows.append(row(f"MLP dropout {dropout}", train_as_c(c_mlp(dropout=dropout)), *printed, "Fig. 5"))
    rows.append(row("ConvNet batch norm", train_as_c(c_convnet(norm=True)), 0.8046, 0.0472, "Fig. 5"))
    rows.append(row("MLP sharing", train_as_c(c_mlp(shared=True)), 0.8408, 0.0067, "Fig. 6"))
    rows.append(row("ConvNet sharing", train_as_c(c_convnet(shared=True)), 0.8752, 0.0085, "Fig. 6"))
    for i, weight in enumerate(LAMBDAS):
        drawn = C_AUX_MLP[i], C_AUX_MLP_STD[i], "Fig. 7"
        rows.append(row(f"MLP aux {weight}", both(mlp, weight), *drawn))
        drawn = C_AUX_CONVNET[i], C_AUX_CONVNET_STD[i], "Fig. 7"
        rows.append(row(f"ConvNet aux {weight}", both(convnet, weight), *drawn))
    rows.append(row("MLP final", both(mlp, 0.9), 0.8843, 0.0045, "notes"))
    rows.append(row("ConvNet final", both(convnet, 0.8), 0.9136, 0.0063, "text"))
    return rows


WIDTHS = (16, 32, 64, 128, 256, 512)


def c_search() -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The layer sizes that C searched, MLPs (55) and ConvNets (27): all with 65,000 to 75,000 weights.

    C's count includes the digit head, which these networks for the pair do not use.
    """
    sizes = list(product(WIDTHS, repeat=4))
    mlps = [size for size in sizes if 65_000 <= mlp_weights(*size) <= 75_000]
    convnets = [size for size in sizes if 65_000 <= convnet_weights(*size) <= 75_000]
    return mlps, convnets


def mlp_weights(d1: int, d2: int, d3: int, d4: int) -> int:
    """Weights of C's MLP for the pair, with its binary head (1 output) and its digit head (10)."""
    return 393 * d1 + (d1 + 1) * d2 + (d2 + 1) * d3 + (d3 + 1) * d4 + 11 * (d4 + 1)


def convnet_weights(c1: int, c2: int, c3: int, hidden: int) -> int:
    """Weights of C's ConvNet for the pair, with both heads."""
    features = (2 * 9 + 1) * c1 + (9 * c1 + 1) * c2 + (4 * c2 + 1) * c3
    return features + 2 * (c3 + 1) * hidden + 11 * (hidden + 1)
