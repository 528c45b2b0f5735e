from dataclasses import replace

import pandas as pd
import pytest
import torch

from lib import experiment, mistakes
from lib.data import draw, generator
from lib.heads import Hard
from lib.models import Layer, Siamese
from lib.recipes import Loss, Recipe


@pytest.fixture
def reading(tiny) -> Recipe:
    """A small network that reads digits and compares them."""
    return replace(
        tiny, model=Siamese((Layer(32), Layer(10, then="")), Hard()), loss=Loss(target=0, digits=1), epochs=5
    )


def test_every_wrong_pair_is_found_and_no_other(reading, digits):
    found, table = (play({"it": reading}, 2, digits, jobs=1) for play in (mistakes.find, experiment.run))
    for number, row in table.set_index("round").iterrows():
        pairs = found[found["round"] == number]
        assert len(pairs) == round(100 * (1 - row["test_accuracy"])) > 0
        truth = pairs["digit0"] <= pairs["digit1"]
        assert ((pairs["read0"] <= pairs["read1"]) != truth).all()


def test_a_mistake_has_the_digits_and_the_pictures_of_its_pair(reading, digits):
    found = mistakes.find({"it": reading}, [1], digits, jobs=1)
    test = draw(digits, 1, 100, 100).test
    shown = test.images[torch.tensor(found["pair"])]
    shown = (shown - shown.amin()) / (test.images.max() - test.images.min())
    assert torch.allclose(mistakes.images(found), shown, atol=0.5 / 255)
    assert found[["digit0", "digit1"]].to_numpy().tolist() == test.digits[torch.tensor(found["pair"])].tolist()


def test_a_network_without_digit_outputs_reads_nothing(tiny, digits):
    found = mistakes.find({"it": tiny}, 1, digits, jobs=1)
    assert len(found) > 5 and found[["read0", "read1"]].isna().all().all()


def test_looking_at_mistakes_trains_nothing_anew(reading, digits, monkeypatch):
    experiment.run({"it": reading}, 2, digits, jobs=1)
    monkeypatch.setattr(experiment, "play_task", None)
    assert len(mistakes.find({"it": reading}, 2, digits, jobs=1))


def test_a_table_survives_being_written_and_read(reading, digits, tmp_path):
    found = mistakes.find({"it": reading}, 1, digits, jobs=1)
    found.to_csv(tmp_path / "it.csv", index=False)
    assert torch.equal(mistakes.images(pd.read_csv(tmp_path / "it.csv")), mistakes.images(found))


def test_largest_outputs_count_every_digit_and_leave_the_mode_alone(reading, digits):
    test = draw(digits, 0, 100, 100).test
    model = reading.model.build(generator(0, "weights")).train()
    counts = mistakes.largest_outputs(model, test)
    assert counts.shape == (10, 10) and model.training
    assert torch.equal(counts.sum(dim=1), test.digits.flatten().bincount(minlength=10))
