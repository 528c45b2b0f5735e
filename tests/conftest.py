"""What every test gets: folders of its own, and small things to train."""

import os
from pathlib import Path

# One process for each core, so one thread for each: the processes that tests start train inline, too, and threads that
# wait for one another while other processes run make a minute of ten seconds. Before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch
from browser import CHROMIUM, FLAGS, NO_CHROMIUM
from hypothesis import settings
from playwright.sync_api import sync_playwright

from lib import data
from lib.data import Digits, Pairs, Round
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Protocol, Recipe

settings.register_profile("course", deadline=None, database=None, derandomize=True, max_examples=40)
settings.load_profile("course")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """The cache folder of the whole run, so that the digits are parsed once and nothing is left at home."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("LIB_CACHE", str(folder))
        patch.delenv("LIB_MNIST", raising=False)
        yield folder


@pytest.fixture(autouse=True)
def ledger_folder(tmp_path, monkeypatch) -> Path:
    """A ledger for each test."""
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "ledger"))
    monkeypatch.setenv("LIB_QUIET", "1")
    return tmp_path / "ledger"


@pytest.fixture(scope="session")
def digits(cache) -> Digits:
    return data.load()


@pytest.fixture
def tiny() -> Recipe:
    """A network that trains in a few milliseconds."""
    model = PairNetwork((Layer(16), Layer(2, then="")))
    return Recipe(model, epochs=2, batch=50, protocol=Protocol("tiny", train=100, test=100))


@pytest.fixture
def round(digits):
    return data.draw(digits, 3, 100, 100)


@pytest.fixture
def counted() -> Round:
    """A round whose pair i starts with the grey value i."""
    images = torch.zeros(10, 2, 14, 14)
    images[:, 0, 0, 0] = torch.arange(10)
    pairs = Pairs(images, torch.zeros(10, 2).long(), torch.arange(10) % 2)
    return Round(0, pairs, pairs)


@pytest.fixture
def random() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def chromium():
    """One for all tests of a file. While it runs, nothing else in its process can call asyncio.run()."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
