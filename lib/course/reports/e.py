"""Report E: what is known, built in."""

from dataclasses import replace
from typing import Literal

from lib.course.reports.system import System
from lib.extras.losses import Alternating
from lib.extras.protocols import Published
from lib.extras.wrappers import Pretrain
from lib.heads import Hard
from lib.layers import Layer
from lib.models import Network, PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe

E_LENET = (
    Layer(32, kernel=3, then="pool2 relu"),
    Layer(64, kernel=3, then="pool2 relu"),
    Layer(200),
    Layer(10, then=""),
)
E_TAIL = (Layer(128), Layer(64), Layer(2, then=""))


def e_fc_baseline() -> PairNetwork:
    """FCBaseline: seven fully connected layers, the 20 → 20 one applied twice with the same weights."""
    return PairNetwork((Layer(150), Layer(50), Layer(50), Layer(20), Layer(20, times=2), Layer(10), Layer(2, then="")))


def e_fc_aux() -> SiameseNetwork:
    """FCAux: a fully connected branch and tail, each with a layer applied three times."""
    branch = tuple(Layer(width) for width in (160, 120, 100, 50))
    branch += (Layer(50, times=3), Layer(20), Layer(10, then=""))
    return SiameseNetwork(branch, (Layer(10), Layer(10, times=3), Layer(2, then="")))


def e_convnet() -> SiameseNetwork:
    """ConvNet and ConvAux: LeNet on each image, one linear layer to compare."""
    return SiameseNetwork(E_LENET, (Layer(2, then=""),))


def e_digits() -> SiameseNetwork:
    """Digits: LeNet on each image, compared by argmax ≤ argmax."""
    return SiameseNetwork(E_LENET, Hard())


def e_tail(between: Literal["", "softmax", "argmax"] = "") -> SiameseNetwork:
    """ConvTail, ConvSoftMax and ConvArgMax: LeNet on each image, TailLinear to compare."""
    return SiameseNetwork(E_LENET, E_TAIL, between=between)


def train_as_e(
    model: Network, auxiliary: float = 0.0, target: float = 1.0, pretrain: int = 0, freeze: bool = False
) -> Recipe:
    """Adam, 25 epochs, batches of 32. ``pretrain`` of the epochs are the head's alone."""
    loss, extras = Loss(target, auxiliary), (Pretrain(pretrain, freeze),) if pretrain else ()
    return Recipe(model, Optimiser("adam", 0.001), 25 - pretrain, batch=32, loss=loss, extras=extras)


# 800 of the 1000 pairs are trained on; accuracy is a mean of batch means; the freeze freezes nothing.
# ConvNet, ConvAux and Digits carry their weights over. (In E's code all three shared one LeNet; here each has its own.)
E_PROTOCOL = Published("published", train=800, batch_averages=True)


def e_systems() -> list[System]:
    """E's Table 1. Its losses weigh the mean of both digit losses, so our weight of each is half of E's."""
    table = "Table 1"

    def row(name: str, clean: Recipe, mean: float, std: float, carried: bool = False) -> System:
        pretraining = (extra for extra in clean.extras if isinstance(extra, Pretrain))
        extras = tuple(replace(extra, freeze=False) for extra in pretraining)  # its freeze freezes nothing
        published = replace(clean, protocol=replace(E_PROTOCOL, carried=carried), extras=extras)
        return System("E", name, clean, published, mean, std, table)

    argmax = e_tail("argmax")
    random = replace(train_as_e(argmax, 0.5, pretrain=5), loss=Alternating(1.0, 0.5))
    return [
        row("FCBaseline", train_as_e(e_fc_baseline()), 0.7971, 0.0136),
        row("FCAux", train_as_e(e_fc_aux(), 0.25), 0.8623, 0.0187),
        row("ConvNet", train_as_e(e_convnet()), 0.8673, 0.0074, carried=True),
        row("ConvAux", train_as_e(e_convnet(), 0.4), 0.8804, 0.0197, carried=True),
        row("Digits", train_as_e(e_digits(), 0.5, target=0.0), 0.9826, 0.0034, carried=True),
        row("ConvTail", train_as_e(e_tail(), 0.3), 0.9102, 0.0051),
        row("ConvSoftMax", train_as_e(e_tail("softmax"), 0.3), 0.9464, 0.0312),
        row("ConvArgMax", train_as_e(argmax, 0.3), 0.9723, 0.0067),
        row("PreTrain", train_as_e(argmax, 0.25, pretrain=5, freeze=True), 0.9745, 0.0053),
        row("PreTrainRandom", random, 0.9727, 0.0077),
    ]
