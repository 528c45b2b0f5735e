"""The recorded experiments of the chapters, by the name of their file in results/. See lib.recorded."""

from dataclasses import replace
from functools import partial
from random import Random
from typing import Literal

from lib import course, ladder, reports
from lib.heads import Probability, Score
from lib.models import Layer, Pair, Siamese
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.recorded import Study

# --- Auxiliary losses ---------------------------------------------------------------------------------------

PAIRS = (100, 300, 1000, 3000, 10000)


def auxiliary_pairs() -> Study:
    """Accuracy against the number of training pairs, on full MNIST; never fewer steps than 1000 pairs get."""

    def recipe(digits: float, pairs: int) -> Recipe:
        epochs = max(25, 25 * 1000 // pairs)
        return replace(course.siamese(digits=digits), epochs=epochs, protocol=Protocol(train=pairs))

    losses = {"comparison alone": 0.0, "with digit losses": 1.0}
    systems = {f"{name}, {pairs}": recipe(digits, pairs) for pairs in PAIRS for name, digits in losses.items()}
    return Study(systems, data="mnist")


def auxiliary_weight() -> Study:
    """The weight of the digit losses, for several lengths of training and learning rates."""
    systems = {}
    for epochs, rate in ((5, 0.002), (25, 0.002), (100, 0.002), (25, 0.0005), (25, 0.008)):
        for weight in (0, 0.1, 0.3, 1, 3, 10):
            recipe = replace(course.dense_siamese(weight), epochs=epochs, optimiser=Optimiser("adam", rate))
            systems[f"{epochs} epochs at {rate}, {weight}"] = recipe
    return Study(systems)


# --- Batch norm and dead ReLUs ------------------------------------------------------------------------------


def norm_rate() -> Study:
    """A's pair network: learning rates, with and without batch norm, SGD (with and without its last ReLU) and Adam."""
    systems = {}
    for norm in (True, False):
        name = "batch norm" if norm else "none"
        for rate in (0.001, 0.01, 0.1, 0.25, 1):
            for last in ("", "relu"):
                end = "SGD, ReLU on logits" if last else "SGD"
                systems[f"{end}, {name}, {rate}"] = reports.train_as_a(reports.a_pair(norm=norm, last=last), rate)
        for rate in (0.0001, 0.001, 0.01, 0.1):
            recipe = replace(reports.train_as_a(reports.a_pair(norm=norm)), optimiser=Optimiser("adam", rate))
            systems[f"Adam, {name}, {rate}"] = recipe
    return Study(systems, report="A")


def initialisation() -> Study:
    """A's pair network from three initialisations, with and without batch norm."""
    systems = {}
    for norm in (True, False):
        for scheme in ("default", "xavier", "he"):
            model = replace(reports.a_pair(norm=norm), init=scheme)
            name = "batch norm" if norm else "none"
            systems[f"{name}, {scheme}"] = reports.train_as_a(model, 0.1)
    return Study(systems, report="A")


def activations() -> Study:
    """C's Fig. 4: four activations at two learning rates, in both of its networks."""
    systems = {}
    for activation in ("relu", "tanh", "sigmoid", "selu"):
        for rate in (0.001, 0.01):
            mlp, convnet = reports.c_mlp(activation=activation), reports.c_convnet(activation=activation)
            systems[f"MLP, {activation}, {rate}"] = reports.train_as_c(mlp, rate)
            systems[f"ConvNet, {activation}, {rate}"] = reports.train_as_c(convnet, rate)
    return Study(systems, report="C")


def norm_place() -> Study:
    """Batch norm before or after the activation, in A's pair network and in a deep fully connected one."""
    before = tuple(
        replace(layer, then=layer.then.replace("relu norm", "norm relu")) for layer in reports.a_layers(64, 64, 64, 2)
    )
    deep = course.deep(8, norm=True)
    after = tuple(replace(layer, then=layer.then.replace("norm relu", "relu norm")) for layer in deep.model.layers)
    return Study(
        {
            "A's pair, before": reports.train_as_a(Pair(before)),
            "A's pair, after": reports.train_as_a(reports.a_pair()),
            "8 dense layers, before": deep,
            "8 dense layers, after": replace(deep, model=Pair(after)),
        }
    )


# --- Dropout ------------------------------------------------------------------------------------------------

SIZES = {"7,000": (16, 16, 16, 16), "70,000": (128, 64, 32, 256), "700,000": (720, 360, 180, 512)}


def dropout_size() -> Study:
    """C's MLP at three sizes and with two amounts of data: is there a place where dropout pays?"""
    systems = {}
    for size, widths in SIZES.items():
        for pairs in (250, 1000):
            for rate in (0, 0.2, 0.5, 0.8):
                recipe = reports.train_as_c(reports.c_mlp(widths=widths, dropout=rate))
                recipe = replace(recipe, protocol=Protocol(train=pairs), epochs=30 * 1000 // pairs)
                systems[f"{size}; {pairs}; {rate}"] = recipe
    return Study(systems, report="C")


def dropout_epochs() -> Study:
    """The course network with digit losses, with and without dropout, for ever longer training."""
    systems = {}
    for rate in (0, 0.5):
        for epochs in (10, 25, 50, 100):
            systems[f"{rate}, {epochs}"] = replace(course.siamese(digits=1, dropout=rate), epochs=epochs)
    return Study(systems)


def dropout_place() -> Study:
    """The course network with digit losses and dropout of rate 0.5 after one of its layers, or several."""
    places = {
        "nowhere": (),
        "first convolution": (0,),
        "second convolution": (1,),
        "hidden layer": (2,),
        "second convolution and hidden layer": (1, 2),
        "everywhere": (0, 1, 2),
    }
    recipe, layers = course.siamese(digits=1), course.conv_layers(10)
    systems = {}
    for name, chosen in places.items():
        noisy = {i: replace(layers[i], then=f"{layers[i].then} dropout0.5") for i in chosen}
        branch = tuple(noisy.get(i, layer) for i, layer in enumerate(layers))
        systems[name] = replace(recipe, model=replace(recipe.model, branch=branch))
    return Study(systems)


def dropout_norm() -> Study:
    """D's baseline with dropout and batch norm apart and together, and with dropout inside its convolutions."""
    systems = {}
    for norm in (False, True):
        for dropout in (False, True):
            name = {(0, 0): "neither", (0, 1): "dropout", (1, 0): "batch norm", (1, 1): "both"}[norm, dropout]
            systems[name] = reports.train_as_d(reports.d_baseline(norm, dropout))
    full = reports.d_layers(2)
    for rate in (0.2, 0.5):
        inside = tuple(replace(layer, then=f"{layer.then} dropout{rate}") if layer.kernel else layer for layer in full)
        systems[f"both, and {rate} in the convolutions"] = reports.train_as_d(Pair(inside))
    return Study(systems, report="D")


def dropout_head() -> Study:
    """C's ConvNet with the dropout that its code has in the head, and without, alone and in its best system."""
    systems = {}
    for name, siamese in (("ConvNet", False), ("shared + aux", True)):
        model = reports.c_convnet(shared=siamese, digits=siamese)
        loss = Loss(target=1.0, digits=1.25) if siamese else Loss()
        with_it = replace(reports.train_as_c(model), loss=loss)
        systems[f"{name}, dropout"] = with_it
        systems[f"{name}, none"] = replace(with_it, model=without_dropout(model))
    return Study(systems, report="C")


def without_dropout(model: Pair | Siamese) -> Pair | Siamese:
    """The same network with every dropout word taken out."""

    def clean(words: str) -> str:
        return " ".join(word for word in words.split() if not word.startswith("dropout"))

    def stack(layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        return tuple(replace(layer, before=clean(layer.before), then=clean(layer.then)) for layer in layers)

    if isinstance(model, Pair):
        return replace(model, layers=stack(model.layers))
    digit_head = None if model.digit_head is None else stack(model.digit_head)
    return replace(model, branch=stack(model.branch), head=stack(model.head), digit_head=digit_head)


# --- Skip connections ---------------------------------------------------------------------------------------


def skip_convolution() -> Study:
    """Deep convolutional pair networks, plain and with identity skips, with and without batch norm."""
    systems = {}
    for depth in (2, 4, 8, 16, 24):
        for skip in (False, True):
            for norm in (False, True):
                name = ("residual" if skip else "plain") + (", batch norm" if norm else "")
                systems[f"{name}; {depth}"] = conv_deep(depth, skip, norm)
    return Study(systems)


def conv_deep(depth: int, skip: bool, norm: bool) -> Recipe:
    """``depth`` convolutions of 16 channels on 7×7 places, and a linear layer."""
    then = "norm relu" if norm else "relu"
    first = Layer(16, kernel=3, padding=1, then=f"pool2 {then}")
    repeated = Layer(16, kernel=3, padding=1, then=then, skip="identity" if skip else "")
    return Recipe(Pair((first, *(repeated,) * (depth - 1), Layer(2, then=""))), course.ADAM, batch=course.BATCH)


# --- Building knowledge in ----------------------------------------------------------------------------------


def knowledge() -> Study:
    """E's ladder on full MNIST, and what no report tried: the exact probability head, and a score."""
    lenet = reports.e_convnet()
    e, tail = reports.train_as_e, reports.e_tail
    score = Siamese((*reports.E_LENET[:-1], Layer(1, then="")), Score(), digit_head=None)
    probability = Siamese(reports.E_LENET, Probability())
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
    return Study(systems, report="E", data="mnist")


# --- The five reports ---------------------------------------------------------------------------------------


def report(letter: str, protocol: Literal["clean", "published"]) -> Study:
    """Every row of a report's tables on full MNIST, under the clean protocol or as published."""
    rows = [system for system in reports.systems() if system.report == letter]
    return Study({row.name: getattr(row, protocol) for row in rows}, report=letter, data="mnist")


def audit() -> Study:
    """One departure from the clean protocol at a time, in the network where a report made it."""

    def switched(recipe: Recipe, **switches) -> Recipe:
        return replace(recipe, protocol=replace(recipe.protocol, name="switched", **switches))

    e, a = reports.train_as_e(reports.e_convnet(), 0.4), reports.train_as_a(reports.a_pair())
    d = reports.train_as_d(reports.d_siamese(), digits=1.0)
    softmax = replace(d, model=reports.d_siamese(branch_last="softmax", last="softmax"))
    c = reports.train_as_c(reports.c_convnet(activation="tanh"))
    systems = {
        "E": e,
        "E, carried-over weights": switched(e, carried=True),
        "E, best epoch on test": switched(e, best_on_test=True),
        "E, test standardised by itself": switched(e, own_statistics=True),
        "E, one data set": switched(e, one_dataset=True),
        "E, batch-averaged accuracy": switched(e, batch_averages=True),
        "E, not shuffled": switched(e, shuffle="never"),
        "A": a,
        "A, no eval()": switched(a, eval_mode=False),
        "A, ReLU on logits": replace(a, model=reports.a_pair(last="relu")),
        "C": c,
        "C, one order of the pairs": switched(c, shuffle="once"),
        "C, one data set": switched(c, one_dataset=True),
        "D": d,
        "D, softmax twice": softmax,
        "D, softmax at the end": replace(d, model=reports.d_siamese(last="softmax")),
        "D, softmax between": replace(d, model=replace(d.model, between="softmax")),
        "D, carried-over weights": switched(d, carried=True),
    }
    return Study(systems, report="audit", data="mnist")


def search_c() -> Study:
    """C's search: all 55 MLPs and 27 ConvNets of 65,000 to 75,000 weights."""
    mlps, convnets = reports.c_search()
    systems = {f"MLP {'-'.join(map(str, size))}": reports.train_as_c(reports.c_mlp(widths=size)) for size in mlps}
    for *channels, hidden in convnets:
        model = reports.c_convnet(channels=tuple(channels), hidden=hidden)
        systems[f"ConvNet {'-'.join(map(str, (*channels, hidden)))}"] = reports.train_as_c(model)
    return Study(systems, report="C", data="mnist")


def grid_a() -> Study:
    """A random subsample of A's grid: 40 of its 1280 configurations, three networks, three rounds each."""
    systems = {}
    for chosen in Random(0).sample(reports.a_grid(), 40):
        for network in ("pair", "siamese 2", "siamese 10"):
            systems[f"{network}; {'; '.join(f'{k}={v}' for k, v in chosen.items())}"] = reports.a_configured(
                network, **chosen
            )
    return Study(systems, report="A", data="mnist", rounds=3)


def weights_a() -> Study:
    """A's Fig. 1c: the weight of the auxiliary losses in the best of its siamese 2 networks, as A ran it."""
    return Study({f"{weight:.3g}": reports.a_weighted(weight) for weight in reports.A_WEIGHTS}, "A", data="mnist")


def ratio_b() -> Study:
    """B's loss ratio, over the 50 epochs of its figure."""
    ratios = (0, 0.3, 0.5, 0.7, 0.9, 1.2)
    systems = {f"{r}": replace(reports.train_as_b(reports.b_siamese(), r), epochs=50) for r in ratios}
    return Study(systems, report="B", data="mnist", rounds=3)


def curves() -> Study:
    """The reports' learning curves: B's six models over 50 epochs, D's best (its Fig. 3) and E's ten (its Fig. 3)."""
    rows = [row for row in reports.systems() if row.report in "BE" or row.name == "shared aux"]
    systems = {row.name: replace(row.clean, epochs=50) if row.report == "B" else row.clean for row in rows}
    return Study(systems, {row.name: row.report for row in rows}, data="mnist", rounds=3, rows="epochs")


def record() -> Study:
    """The ladder to the record, its changes, and the comparison labels alone."""
    return Study(ladder.everything(), data="mnist")


def record_pairs() -> Study:
    """Accuracy against the number of training pairs: the first network and the record."""
    return Study(ladder.by_pairs(), data="mnist", rounds=3)


def record_again() -> Study:
    """Distortions and training, apart and together, on ten rounds more than those in which we noticed them."""
    names = ("+ four convolutions", "+ distortions", "+ 60 epochs", "− distortions")
    return Study({name: ladder.everything()[name] for name in names}, data="mnist", rounds=20)


def record_mistakes() -> Study:
    """The pairs that the record still gets wrong, a network that is as good, and one with thirty times the pairs."""
    systems = {"record": ladder.record(), "1000 pairs": ladder.changes()["with new pairs"]}
    return Study(systems | {"30,000 pairs": ladder.well_fed()}, data="mnist", rounds=5, rows="mistakes")


def sample() -> Study:
    """A cheap row of each report on the sample: a test plays them again, to see a change in lib that moves results."""
    names = ("pair, rate .25", "siamese", "MLP relu", "baseline, plain", "ConvNet")
    rows = [row for row in reports.systems() if row.name in names]
    return Study({row.name: row.clean for row in rows}, {row.name: row.report for row in rows}, rounds=2)


STUDIES = {
    "auxiliary-pairs": auxiliary_pairs,
    "auxiliary-weight": auxiliary_weight,
    "norm-rate": norm_rate,
    "initialisation": initialisation,
    "activations": activations,
    "norm-place": norm_place,
    "dropout-size": dropout_size,
    "dropout-epochs": dropout_epochs,
    "dropout-place": dropout_place,
    "dropout-norm": dropout_norm,
    "dropout-head": dropout_head,
    "skip-convolution": skip_convolution,
    "knowledge": knowledge,
    "audit": audit,
    "search-c": search_c,
    "grid-a": grid_a,
    "weights-a": weights_a,
    "ratio-b": ratio_b,
    "curves": curves,
    "sample": sample,
    "record": record,
    "record-pairs": record_pairs,
    "record-again": record_again,
    "record-mistakes": record_mistakes,
    **{f"report-{letter.lower()}": partial(report, letter, "clean") for letter in "ABCDE"},
    **{f"report-{letter.lower()}-published": partial(report, letter, "published") for letter in "ABCDE"},
}
