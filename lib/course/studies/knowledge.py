"""Recorded experiments of the chapter on building knowledge in."""

from dataclasses import replace

from lib.course import networks, reports
from lib.course.recorded import Study, study
from lib.heads import Probability, Score
from lib.layers import Layer
from lib.models import SiameseNetwork


@study
def knowledge() -> Study:
    """E's ladder on full MNIST, and what no report tried: the exact probability head, and a score."""
    lenet = reports.e_convnet()
    e, tail = reports.train_as_e, reports.e_tail
    score = SiameseNetwork((*reports.E_LENET[:-1], Layer(1, then="")), Score(), digit_head=None)
    probability = SiameseNetwork(reports.E_LENET, Probability())
    systems = {
        "linear": e(lenet, 0.4),
        "tail": e(tail(), 0.3),
        "softmax, tail": e(tail("softmax"), 0.3),
        "argmax, tail": e(tail("argmax"), 0.3),
        "pre-trained tail": e(tail("argmax"), 0.25, pretrain=5),
        "pre-trained tail, frozen": e(tail("argmax"), 0.25, pretrain=5, freeze=True),
        "hard": e(reports.e_digits(), 0.5, target=0.0),
        "probability": e(probability, 0.4),
        "linear, no digit labels": e(lenet),
        "tail, no digit labels": e(tail()),
        "probability, no digit labels": e(probability),
        "score, no digit labels": e(score),
    }
    for name in ("pre-trained tail", "pre-trained tail, frozen"):  # as many epochs of the branch as all the others
        systems[f"{name}, 25 epochs"] = replace(systems[name], epochs=25)
    return Study(systems, report="E", data="mnist")


@study
def heads_alone() -> Study:
    """The course's branch with the comparison labels alone: a learned head, one behind a softmax, the probability."""
    systems = {
        "learned": networks.siamese(),
        "learned, softmax": networks.siamese(between="softmax"),
        "probability": networks.with_head(Probability()),
    }
    return Study(systems)
