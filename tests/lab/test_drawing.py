"""The record's kept weights: in the page they answer as in torch, and they read what people draw."""

import base64
import gzip
import re

import pytest
import torch
from strokes import HANDS, digit

from book._ext import lab
from lib import training
from lib.course import weights
from lib.store.ledger import plain

RECORD = """([recipe, packed]) => {
  window.record = fresh(recipe, 0, bytes(KERNELS));
  record.loadTorch(halves(bytes(packed)));
  return record.size;
}"""
READ = """(drawn) => {
  const field = new Field("", () => {});
  return drawn.map(({ strokes, width }) => {
    field.wipe();
    for (const stroke of strokes) for (let i = 1; i < stroke.length; i++) field.line(stroke[i - 1], stroke[i], width);
    return [...field.grey];
  });
}"""
STANDARD = """(digits) => {
  const { mean, deviation } = draw(window.digits, 0);
  return digits.map((grey) => grey.map((value) => (value - mean) / deviation));
}"""
ASK = "(pairs) => pairs.map((pixels) => ask(record, Float32Array.from(pixels)).yes)"


@pytest.fixture(scope="module")
def round0():
    return weights.recipe().draw(0, "sample")


@pytest.fixture(scope="module")
def page(engine):
    packed = base64.b64encode(lab.in_order(weights.read())).decode()
    assert engine.evaluate(RECORD, [plain(weights.recipe()), packed]) == weights.recipe().model.size()
    return engine


def test_the_record_is_right_about_the_test_pairs_of_its_round(round0):
    assert training.evaluate(weights.read(), round0.test).accuracy > 0.985


def test_the_page_and_torch_say_the_same_of_a_pair(page, round0):
    images = round0.test.images[:20]
    with torch.no_grad():
        theirs = weights.read()(images).target.softmax(dim=1)[:, 1]
    ours = page.evaluate(ASK, [pair.flatten().tolist() for pair in images])
    assert ours == pytest.approx(theirs.tolist(), abs=1e-4)


def test_weights_of_another_network_are_refused(page):
    with pytest.raises(Exception, match="weights of another network"):
        page.evaluate("record.loadTorch(new Float32Array(7))")


def test_the_file_holds_half_precision_and_comes_to_150_kb():
    packed = re.fullmatch(r'labRecord\("(.*)"\);\n', lab.record_script()).group(1)
    values = gzip.decompress(base64.b64decode(packed))
    assert len(values) == 2 * (weights.recipe().model.size() + 2 * (32 + 32 + 48 + 48 + 128))
    assert len(gzip.compress(packed.encode())) < 150_000


def test_without_its_file_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("lib.course.recorded.folder", lambda: tmp_path)
    with pytest.raises(FileNotFoundError, match="python -m lib weights"):
        weights.read()


def test_ten_hands_draw_pairs_and_the_record_is_right_about_95_of_100(page):
    """Thick and thin, small and large, slanted, and up to half the field off its middle; each hand's hundred pairs."""
    right = 0
    for hand in HANDS:
        drawn = [{"strokes": digit(hand, value), "width": hand.width} for value in range(10)]
        images = page.evaluate(STANDARD, page.evaluate(READ, drawn))
        pairs = [(first, second) for first in range(10) for second in range(10)]
        answers = page.evaluate(ASK, [images[i] + images[j] for i, j in pairs])
        right += sum((yes > 0.5) == (i <= j) for yes, (i, j) in zip(answers, pairs, strict=True))
    assert right >= 0.95 * 100 * len(HANDS)
