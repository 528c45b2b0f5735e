"""The house rules of English find what they forbid, and leave alone what they do not."""

import re
from pathlib import Path

import pytest

from book._ext import house_words

WRONG = [
    "These are networks who learn.",
    "How many weights has it?",
    "Skips are no gift.",
    "The labels are drawn by dice.",
    "Here the loss turns up again.",
    "It fails by want of examples.",
    "Whole points are no longer to be had.",
    "Mend it, and measure again.",
    "Which step brings most?",
    "Both sides want to be squared.",
    "This is obviously true.",
    "A groundbreaking network.",
    "The the network.",
]
RIGHT = [
    "The students who wrote report B used `the the` network.",
    "Labels that **dice** have drawn.",
    "That that is so, and had had its day.",
    "What does it have?\n```{code-cell} ipython3\nobviously = mend(it)\n```\n",
    "The price is $x x$, see [dice](by-dice.md).",
]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_forbidden_is_named_with_what_to_write(text):
    [(line, words, instead)] = house_words.broken(f"A line.\n\n{text}")
    assert line == 3 and words.lower() in text.lower() and instead


@pytest.mark.parametrize("text", RIGHT)
def test_other_text_code_and_formulas_are_left_alone(text):
    assert house_words.broken(text) == []


def test_every_rule_is_one_that_can_match():
    assert all(re.compile(rule) and instead for rule, instead in house_words.RULES.items())


def test_it_says_the_file_and_the_line_and_fails(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("index.md").write_text("Good.\nSkips are no gift.\n")
    assert house_words.main() == 1
    assert capsys.readouterr().err.startswith("index.md:2: 'are no gift': is not free")
    Path("index.md").write_text("Good.\n")
    assert house_words.main() == 0
