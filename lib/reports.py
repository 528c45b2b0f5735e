"""The networks of the five reports, as values. Letters A to E stand for the reports (see the bibliography).

Each function returns a lib.models value; its parameter count is the published one, to the unit.
"""

from typing import Literal

from lib.heads import Hard
from lib.models import Layer, Layers, Pair, Siamese
from lib.training import Loss, Optimiser, Protocol, Recipe

# --- How each report trains, under the clean protocol ---------------------------------------------------------


def train_as_a(model: Pair | Siamese, rate: float = 0.25, digits: float = 0.0) -> Recipe:
    """Plain SGD, 25 epochs, batches of 100."""
    return Recipe(model, Optimiser("sgd", rate), batch=100, loss=Loss(digits=digits))


def train_as_c(model: Pair | Siamese, rate: float = 0.001) -> Recipe:
    """Adam, 30 epochs, batches of 100."""
    return Recipe(model, Optimiser("adam", rate), epochs=30, batch=100)


def train_as_d(model: Pair | Siamese, digits: float = 0.0) -> Recipe:
    """Adam, 150 epochs, batches of 32; the epoch is chosen on 200 of the 1000 training pairs."""
    protocol = Protocol(validation=200)
    return Recipe(model, Optimiser("adam", 0.005), 150, batch=32, loss=Loss(digits=digits), protocol=protocol)


def train_as_e(
    model: Pair | Siamese, digits: float = 0.0, target: float = 1.0, pretrain: int = 0, freeze: bool = False
) -> Recipe:
    """Adam, 25 epochs, batches of 32. ``pretrain`` of the epochs are the head's alone."""
    loss = Loss(target, digits)
    return Recipe(model, Optimiser("adam", 0.001), 25 - pretrain, batch=32, loss=loss, pretrain=pretrain, freeze=freeze)


# --- A: batch norm and skip connections -------------------------------------------------------------------


def a_layers(c1: int, c2: int, hidden: int, out: int, norm: bool = True, skip: bool = False, last: str = "") -> Layers:
    """A's stack: two convolutions and two linear layers. ``last`` = "relu" is the ReLU of its code on the logits."""
    then = " norm" if norm else ""
    added = "input" if skip else ""
    return (
        Layer(c1, kernel=3, then="pool2 relu" + then, skip=added),
        Layer(c2, kernel=6, then="relu" + then, skip=added),
        Layer(hidden, then="relu" + then),
        Layer(out, then=last),
    )


def a_pair(c1: int = 64, c2: int = 64, hidden: int = 64, norm: bool = True, skip: bool = False, last: str = "") -> Pair:
    """A's "pair": one network for both images."""
    return Pair(a_layers(c1, c2, hidden, 2, norm, skip, last))


def a_siamese(
    c1: int = 64,
    c2: int = 64,
    hidden: int = 64,
    norm: bool = True,
    skip: bool = False,
    last: str = "",
    compare: Literal["learned", "hard"] = "learned",
) -> Siamese:
    """A's "siamese 2" (a learned comparison) and "siamese 10" (argmax ≤ argmax)."""
    head = Hard() if compare == "hard" else (Layer(2, then=last),)
    return Siamese(a_layers(c1, c2, hidden, 10, norm, skip, last), head)


# --- B: full and reduced weight sharing, with and without convolutions -------------------------------------

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


# --- C: an MLP and a ConvNet; the digit head reads the features ---------------------------------------------


def c_mlp_features(
    widths: tuple[int, int, int, int] = (128, 64, 32, 256), activation: str = "relu", dropout: float = 0.0
) -> Layers:
    then = activation + (f" dropout{dropout}" if dropout else "")
    return tuple(Layer(width, then=then) for width in widths)


def c_conv_features(
    channels: tuple[int, int, int] = (32, 64, 32), activation: str = "relu", norm: bool = False
) -> Layers:
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
    digits: bool = False,
    widths: tuple[int, int, int, int] = (128, 64, 32, 256),
    activation: str = "relu",
    dropout: float = 0.0,
) -> Pair | Siamese:
    """C's MLP: for the pair, or shared, with or without its digit head."""
    features, head = c_mlp_features(widths, activation, dropout), (Layer(1, then=""),)
    if not shared:
        return Pair(features + head)
    return Siamese(features, head, digit_head=(Layer(10, then=""),) if digits else None)


def c_convnet(
    shared: bool = False,
    digits: bool = False,
    channels: tuple[int, int, int] = (32, 64, 32),
    hidden: int = 512,
    activation: str = "relu",
    norm: bool = False,
) -> Pair | Siamese:
    """C's ConvNet: for the pair, or shared, with or without its digit head."""
    features, head = c_conv_features(channels, activation, norm), c_head(1, hidden, activation)
    if not shared:
        return Pair(features + head)
    return Siamese(features, head, digit_head=c_head(10, hidden, activation) if digits else None)


# --- D: batch norm and dropout everywhere, 150 epochs -------------------------------------------------------


def d_layers(out: int, norm: bool = True, dropout: bool = True, last: str = "") -> Layers:
    """D's features and classifier. ``last`` = "softmax" is the softmax of its code under the cross-entropy."""
    then = " norm" if norm else ""
    first, second = ("dropout0.3 ", "dropout0.2 ") if dropout else ("", "")
    return (
        Layer(4, kernel=2, then=""),
        Layer(16, kernel=2, then="pool2 relu" + then),
        Layer(64, kernel=3, then="pool2 relu" + then),
        Layer(170, then=first + "relu" + then),
        Layer(90, then=second + "relu" + then),
        Layer(out, then=last),
    )


def d_baseline(norm: bool = True, dropout: bool = True, last: str = "") -> Pair:
    """D's baseline: one network for both images."""
    return Pair(d_layers(2, norm, dropout, last))


def d_siamese(sharing: Literal["shared", "unshared"] = "shared", branch_last: str = "", last: str = "") -> Siamese:
    """D's siamese network and its dense tail."""
    tail = (
        Layer(25, then="dropout0.25 relu norm"),
        Layer(10, then="dropout0.2 relu norm"),
        Layer(2, then=last),
    )
    return Siamese(d_layers(10, last=branch_last), tail, sharing=sharing)


# --- E: built-in knowledge ----------------------------------------------------------------------------------

E_LENET = (
    Layer(32, kernel=3, then="pool2 relu"),
    Layer(64, kernel=3, then="pool2 relu"),
    Layer(200),
    Layer(10, then=""),
)
E_TAIL = (Layer(128), Layer(64), Layer(2, then=""))


def e_fc_baseline() -> Pair:
    """FCBaseline: seven fully connected layers, the 20 → 20 one applied twice with the same weights."""
    return Pair((Layer(150), Layer(50), Layer(50), Layer(20), Layer(20, times=2), Layer(10), Layer(2, then="")))


def e_fc_aux() -> Siamese:
    """FCAux: a fully connected branch and tail, each with a layer applied three times."""
    branch = tuple(Layer(width) for width in (160, 120, 100, 50))
    branch += (Layer(50, times=3), Layer(20), Layer(10, then=""))
    return Siamese(branch, (Layer(10), Layer(10, times=3), Layer(2, then="")))


def e_convnet() -> Siamese:
    """ConvNet and ConvAux: LeNet on each image, one linear layer to compare."""
    return Siamese(E_LENET, (Layer(2, then=""),))


def e_digits() -> Siamese:
    """Digits: LeNet on each image, compared by argmax ≤ argmax."""
    return Siamese(E_LENET, Hard())


def e_tail(between: Literal["", "softmax", "argmax"] = "") -> Siamese:
    """ConvTail, ConvSoftMax and ConvArgMax: LeNet on each image, TailLinear to compare."""
    return Siamese(E_LENET, E_TAIL, between=between)
