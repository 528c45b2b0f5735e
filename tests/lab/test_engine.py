"""The lab trains what lib trains: the same pairs, first weights and losses, with both sets of kernels."""

import dataclasses
from dataclasses import replace

import pytest
import torch

from lib import course, data, extras, heads, layers, models, recipes
from lib.course import ladder, reports
from lib.data import generator
from lib.experiment import train
from lib.extras import BestEpoch, OneCycle, SameStart, WithEpsilon
from lib.heads import Hard, Probability, Score
from lib.layers import ACTIVATIONS, Layer
from lib.models import PairNetwork
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.store.ledger import plain
from lib.training import Diverged, batches
from lib.values import Value

DENSE = course.dense_pair()
STEPS = 5


def small(then, init="default"):
    return replace(DENSE, model=PairNetwork((Layer(30, then=then), Layer(2, then="")), init))


RECIPES = {
    "a fully connected branch": course.dense_siamese(auxiliary=1),
    "the course network": course.siamese(auxiliary=1),
    "one network for the pair": course.conv_pair(),
    "unshared": course.siamese("unshared"),
    "partly shared": course.siamese("partly", own=True),
    "probability head": course.with_head(Probability(), auxiliary=0.5),
    "score head": course.with_head(Score()),
    "hard comparison": course.with_head(Hard(), auxiliary=1, target=0),
    "identity skips": course.deep(6, skip=True),
    "A: batch norm": reports.train_as_a(reports.a_pair()),
    "E: softmax between, validation": replace(reports.train_as_e(reports.e_tail("softmax"), 0.3)),
    "E: argmax between": reports.train_as_e(reports.e_tail("argmax"), 0.3),
    "E: one layer three times": reports.train_as_e(reports.e_fc_aux(), 0.25),
    "smoothed labels": replace(course.dense_siamese(), loss=Loss(1, 1, 0.1)),
    "one cycle, AdamW": replace(course.dense_siamese(auxiliary=1), optimiser=OneCycle("adamw", 0.01, 0.01)),
    "another ε, decay": replace(DENSE, optimiser=WithEpsilon("adam", 0.001, 0.01, 1e-3)),
    "SGD, decay": replace(DENSE, optimiser=Optimiser("sgd", 0.1, 0.01)),
    "tanh, Xavier": small("tanh", "xavier"),
    "sigmoid": small("sigmoid"),
    "SELU, He": small("selu", "he"),
    "softmax within": small("softmax"),
    "fewer pairs, a smaller last batch": replace(DENSE, protocol=Protocol(train=130, test=100)),
}


def vectors(recipe: Recipe, number: int) -> dict:
    """What lib does in the first steps of a round."""
    round, model, random = recipe.draw(number), recipe.fresh(number), generator(number, "training")
    first = [weights.detach().flatten()[0].item() for weights in model.parameters()]
    optimiser = recipe.optimiser.build(model.parameters(), recipe.epochs * -(-len(round.train) // recipe.batch))
    model.train()
    losses = []
    for pairs in batches(round.train, recipe, random):
        loss = recipe.loss(model(pairs.images), pairs, random)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {"size": recipe.model.size(), "first": first, "losses": losses[:STEPS]}


@pytest.mark.parametrize("compiled", [True, False], ids=["WebAssembly", "plain"])
@pytest.mark.parametrize("name", RECIPES)
def test_the_first_steps_are_torchs(engine, name, compiled):
    recipe = RECIPES[name]
    ours = vectors(recipe, 7)
    theirs = engine.evaluate("([r, c, n]) => train(r, 7, c, n)", [plain(recipe), compiled, len(ours["losses"])])
    assert theirs["size"] == ours["size"]
    assert theirs["losses"][0] == pytest.approx(ours["losses"][0], abs=1e-5)
    if "norm" in name:  # what batch norm divides by makes a rounding error grow
        return
    assert theirs["losses"] == pytest.approx(ours["losses"], abs=1e-4)
    assert {round(values[0], 6) for values in theirs["first"]} >= {round(value, 6) for value in ours["first"]}


def test_a_round_is_drawn_as_lib_draws_it(engine):
    drawn = engine.evaluate(
        "() => { const r = draw(digits, 3); return { train: [...r.train.images.slice(0, 392)], "
        "labels: [...r.test.labels.slice(0, 20)], target: [...r.test.target.slice(0, 10)] }; }"
    )
    ours = data.draw(data.load(), 3)
    torch.testing.assert_close(torch.tensor(drawn["train"]), ours.train.images[0].flatten(), atol=1e-6, rtol=0)
    assert (
        drawn["labels"] == ours.test.labels[:10].flatten().tolist()
        and drawn["target"] == ours.test.target[:10].tolist()
    )


def test_dropout_leaves_the_mean_and_is_off_when_judged(engine):
    seen = engine.evaluate(
        """() => {
          const tape = new Tape(), values = new Float32Array(20000).fill(1);
          const mean = (training) => {
            tape.begin(training);
            const y = tape.dropout(tape.input(values, 1, [20000]), 0.5, new Generator(0));
            return tape.F.slice(y.p, y.p + y.count).reduce((a, b) => a + b) / y.count;
          };
          return [mean(true), mean(false)];
        }"""
    )
    assert seen[0] == pytest.approx(1, abs=0.03) and seen[0] != 1 and seen[1] == 1


def test_the_best_epoch_on_held_out_pairs_is_kept(engine):
    recipe = replace(DENSE, epochs=6, extras=(BestEpoch(200),))
    kept, best = engine.evaluate(
        """(recipe) => {
          const network = fresh(recipe, 0, bytes(KERNELS)), round = draw(digits, 0);
          const epochs = [...fit(network, round, recipe, generator(0, "training"))];
          const held = chosen(round.train, Array.from({ length: 200 }, (_, i) => 800 + i));
          return [evaluate(network, held).accuracy, epochs.length];
        }""",
        plain(recipe),
    )
    history = recipe_history(recipe)
    assert best == 6 and kept == pytest.approx(max(entry["test_accuracy"] for entry in history), abs=0.02)


def recipe_history(recipe):
    return train(recipe, 0).history


def test_both_branches_start_alike_where_the_recipe_says_so(engine):
    recipe = replace(course.siamese("unshared"), epochs=1, extras=(SameStart(),))
    equal = engine.evaluate(
        """(recipe) => {
          const network = fresh(recipe, 0, bytes(KERNELS));
          network.copyFirstBranch();
          const [a, b] = [network.first, network.second].map((branch) => branch.blocks[0].weights.W);
          const { F } = network.tape;
          return a.p !== b.p && F.slice(a.p, a.p + a.count).every((value, i) => value === F[b.p + i]);
        }""",
        plain(recipe),
    )
    assert equal


# --- what the page can do, and what it refuses ------------------------------------------------------------------


def parts_of_recipes() -> dict[str, type]:
    """Every class that may stand in a recipe."""
    modules = (layers, heads, models, recipes, extras)
    found = {name: kind for module in modules for name, kind in vars(module).items() if isinstance(kind, type)}
    bases = ("Value", "Network", "Extra")
    return {name: kind for name, kind in found.items() if issubclass(kind, Value) and name not in bases}


@pytest.mark.parametrize("name", parts_of_recipes())
def test_every_part_is_done_with_all_its_fields_or_refused_by_name(engine, name):
    known = engine.evaluate("() => Object.fromEntries(Object.entries(PARTS).map(([k, v]) => [k, Object.keys(v)]))")
    if name in known:
        assert set(known[name]) == {field.name for field in dataclasses.fields(parts_of_recipes()[name])}
    else:
        refused = engine.evaluate("(is) => { try { check({ is }); } catch (error) { return error.message; } }", name)
        assert f"cannot train with {name}" in refused


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (replace(DENSE, extras=(extras.NewPairs(),)), "cannot train with NewPairs"),
        (replace(DENSE, protocol=Protocol(carried=True)), "cannot do carried = true of Protocol: it can do false"),
        (replace(DENSE, protocol=extras.Published()), "cannot train with Published"),
        (replace(DENSE, loss=extras.Balanced()), "cannot train with Balanced"),
        (replace(DENSE, optimiser=OneCycle("sgd", 0.1)), 'cannot do name = "sgd" of OneCycle'),  # torch's has momentum
    ],
)
def test_a_recipe_that_the_page_cannot_train_is_refused_in_words(engine, recipe, words):
    assert words in engine.evaluate(
        "(r) => { try { check(r); } catch (error) { return error.message; } }", plain(recipe)
    )


def test_the_ladder_can_be_climbed_in_the_page_up_to_the_distortions(engine):
    """book/record.md offers rungs, and says that a page cannot distort images."""
    recipes = ladder.rungs()
    told = {
        name: engine.evaluate("(r) => { try { check(r); } catch { return 0; } }", plain(r))
        for name, r in recipes.items()
    }
    refused = [name for name, word in told.items() if word == 0]
    assert refused == list(recipes)[list(recipes).index("+ distortions") :]


@pytest.mark.parametrize(("field", "value"), [("epochs", 1.5), ("batch", None), ("epochs", "3")])
def test_what_is_counted_is_whole(engine, field, value):
    refused = engine.evaluate(
        "(r) => { try { check(r); } catch (error) { return error.message; } }", plain(DENSE) | {field: value}
    )
    assert f"cannot do {field} = " in refused


def test_a_field_that_the_page_does_not_know_is_refused(engine):
    strange = plain(DENSE) | {"warmup": 3}
    refused = engine.evaluate("(r) => { try { check(r); } catch (error) { return error.message; } }", strange)
    assert "does not know the field warmup of Recipe" in refused


def test_every_word_of_a_layer_is_known(engine):
    assert set(engine.evaluate("() => WORDS")) == {*ACTIVATIONS, "softmax", "norm", "pool", "dropout"}


def test_a_loss_that_is_no_number_is_told_with_the_epoch(engine):
    wild = replace(DENSE, optimiser=Optimiser("sgd", 1e30))
    told = engine.evaluate(
        "(r) => [...round({ task: 0, recipe: r, number: 0 }, { digits, compiled: null })].at(-1)", plain(wild)
    )
    assert told["row"]["status"] == "diverged" and "no longer a number in epoch 1" in told["problem"]


def test_a_network_that_the_last_step_breaks_has_diverged_as_in_lib(engine):
    recipe = replace(DENSE, epochs=1, batch=1000, optimiser=Optimiser("sgd", 1e30))
    told = engine.evaluate(
        "(r) => [...round({ task: 0, recipe: r, number: 0 }, { digits, compiled: null })].at(-1)", plain(recipe)
    )
    assert told["row"]["status"] == "diverged"
    with pytest.raises(Diverged):
        train(recipe, 0)


@pytest.mark.parametrize(("low", "high"), [(76.2, 82.9), (53.4, 53.4), (0, 100), (89.95, 90.05)])
def test_an_axis_has_two_numbers_or_the_only_one(engine, low, high):
    found = engine.evaluate("([low, high]) => ticks(low, high, 3)", [low, high])
    assert len(found) >= 2 or found == [low] == [high]
    assert all(low <= tick <= high for tick in found)
