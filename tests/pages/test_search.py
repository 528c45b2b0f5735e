"""The search, with words that a student would type."""

from pathlib import Path

import pytest
from browser import CHROMIUM, NO_CHROMIUM

BOOK = Path("_build/html")
# What is typed, where it should lead, and among how many first results that should be.
WANTED = [
    ("siamese", "book/weight-sharing", 1),
    ("weight sharing", "book/weight-sharing", 1),
    ("batchnorm", "book/batch-norm", 1),
    ("batch norm", "book/batch-norm", 1),
    ("dead relu", "book/batch-norm", 1),
    ("dropout", "book/dropout", 1),
    ("resnet", "book/skip-connections", 1),
    ("residual", "book/skip-connections", 1),
    ("skip", "book/skip-connections", 1),
    ("overfitting", "book/baseline", 1),
    ("cross entropy", "book/baseline", 1),
    ("adam", "book/baseline", 1),
    ("confidence interval", "book/baseline", 1),
    ("p-value", "book/baseline", 1),
    ("parameter count", "book/baseline", 1),
    ("seed", "book/task", 1),
    ("learning rate", "book/task", 2),
    ("mnist", "book/task", 1),
    ("auxiliary", "book/auxiliary-loss", 1),
    ("data augmentation", "book/record", 1),
    ("weight decay", "book/record", 1),
    ("ablation", "book/record", 1),
    ("hyperparameter", "book/search", 1),
    ("early stopping", "book/search", 1),
    ("reasoning shortcut", "book/knowledge", 1),
    ("colab", "index", 2),
    ("glossary", "book/glossary", 1),
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(scope="module")
def search(chromium, address):
    """search(words) → the pages that are found, the best first."""
    page = chromium.new_page()

    def find(words: str) -> list[str]:
        page.goto(f"{address}/search.html?q={words}")
        page.locator("#search-results li a").first.wait_for()
        links = page.locator("#search-results li a").evaluate_all("all => all.map(a => a.pathname)")
        return list(dict.fromkeys(link.removeprefix("/").removesuffix(".html") for link in links))

    yield find
    page.close()


@pytest.mark.parametrize(("words", "goal", "rank"), WANTED)
def test_what_a_student_types_leads_to_its_chapter(search, words, goal, rank):
    assert goal in search(words)[:rank]
