"""What may stand around a training: pre-training, a choice of the epoch, a running mean of weights."""

from dataclasses import dataclass, replace

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lib.data import Pairs, Round
from lib.heads import DIGITS
from lib.models import two_logits
from lib.recipes import Extra, Fit, History, Recipe, Watch
from lib.training import batches, evaluate, steps, within


@dataclass(frozen=True)
class Pretrain(Extra):
    """For ``epochs`` epochs a siamese network's head learns alone, from the true digits as one-hot vectors.

    The epochs of the recipe, those of the whole network, come afterwards. With ``freeze`` the head then stays as it is.
    Raises ValueError for a network whose head has no weights.
    """

    epochs: int
    freeze: bool = False

    def check(self, recipe: Recipe) -> None:
        if self.epochs < 1:
            raise ValueError(f"{self.epochs} epochs of pre-training: choose at least 1, or leave it out")
        if not isinstance(getattr(recipe.model, "head", None), tuple):
            raise ValueError("only a head with weights can be pre-trained: this network has none")

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch
    ) -> History:
        pretrain_head(model, round.train, recipe, self.epochs, generator)
        model.head.requires_grad_(not self.freeze)
        return inner(model, round, recipe, generator, watch)


def pretrain_head(model: nn.Module, train: Pairs, recipe: Recipe, epochs: int, generator: torch.Generator) -> None:
    """Teach the head of a siamese network to compare the true digits of ``train``."""
    head = model.get_submodule("head")
    optimiser = recipe.optimiser.build(head.parameters(), epochs * steps(train, recipe))
    for _ in range(epochs):
        for pairs in within(recipe, "batches", batches)(train, recipe, generator):
            truth = one_hot(pairs.labels, DIGITS).float().flatten(1)  # (n, 20)
            loss = cross_entropy(two_logits(head(truth)), pairs.target)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


@dataclass(frozen=True)
class BestEpoch(Extra):
    """The weights of the epoch that does best are kept; among equals, the latest.

    It is chosen on ``validation`` of the training pairs, which are held out. With 0 it is chosen on the test pairs, a
    mistake that some reports made. Either way the history's "test" is what the epoch was chosen on. Raises ValueError
    where nothing would be left to train on.
    """

    validation: int = 0

    def check(self, recipe: Recipe) -> None:
        self._leave_some(recipe.protocol.train)

    def _leave_some(self, count: int) -> None:
        if not 0 <= self.validation < count:
            raise ValueError(
                f"cannot hold out {self.validation} of {count} training pairs: choose between 0 and {count - 1}"
            )

    def held_out(self) -> int:
        return self.validation

    def chooses(self) -> bool:
        return True

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch
    ) -> History:
        judged = watch.judged or model
        best = BestWeights(judged, self._divided(round), recipe)
        watch = replace(watch, probes=[*watch.probes, best], judged=judged)
        history = inner(model, best.round, recipe, generator, watch)
        judged.load_state_dict(best.weights)
        return history

    def _divided(self, round: Round) -> Round:
        """The round with the held-out pairs in the place of the test pairs."""
        self._leave_some(len(round.train))
        if not self.validation:
            return round
        return replace(round, train=round.train[: -self.validation], test=round.train[-self.validation :])


class BestWeights:
    """A probe that keeps a copy of the weights after the epoch with the best accuracy on ``round.test``."""

    def __init__(self, model: nn.Module, round: Round, recipe: Recipe) -> None:
        self.model, self.round, self.recipe = model, round, recipe
        self.last = steps(round.train, recipe) - 1
        self.accuracy, self.weights = -1.0, dict[str, torch.Tensor]()

    def __call__(self, model: nn.Module, epoch: int, step: int) -> None:
        if step < self.last:
            return
        accuracy = evaluate(self.model, self.round.test, self.recipe).accuracy
        if accuracy >= self.accuracy:
            self.accuracy = accuracy
            self.weights = {name: value.clone() for name, value in self.model.state_dict().items()}


@dataclass(frozen=True)
class RunningMean(Extra):
    """A running mean of the weights is judged, and kept, in the place of the weights.

    ``share`` is that of the old at each step. Raises ValueError where it is not in [0, 1), and where something around
    this chooses an epoch, which would then not be one of the mean.
    """

    share: float

    def check(self, recipe: Recipe) -> None:
        if not 0 <= self.share < 1:
            raise ValueError(f"share is that of the old weights, in [0, 1), not {self.share}")
        outside = recipe.extras[: recipe.extras.index(self)]
        if any(other.chooses() for other in outside):
            raise ValueError("the epoch is to be chosen by the running mean: put RunningMean before BestEpoch")

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch
    ) -> History:
        mean = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(self.share), use_buffers=True)

        def follow(model: nn.Module, epoch: int, step: int) -> None:
            mean.update_parameters(model)

        watch = replace(watch, probes=[follow, *watch.probes], judged=mean.module)
        history = inner(model, round, recipe, generator, watch)
        model.load_state_dict(mean.module.state_dict())
        return history
