"""The minutes that chapters state are those that their text takes to read."""

import re
from pathlib import Path

import pytest

from book._ext.minutes import Reading, reading

CHAPTERS = [path for path in sorted(Path("book").glob("*.md")) if "What you will learn (" in path.read_text()]

TEXT = """# Title

Five words are in here, and {glue:text}`gain:.1f` counts as one.

$$y = wx$$

```{code-cell} ipython3
from lib import figures

figures.rounds(
    table
)
```

```{code-cell} ipython3
:tags: [remove-input]
predict("What?")
```

```{code-cell} ipython3
glue(gain=3)
```

## Exercises

Not counted.
"""


def test_words_code_figures_and_predictions_are_counted_up_to_the_exercises(tmp_path):
    path = tmp_path / "chapter.md"
    path.write_text(TEXT)
    found = reading(path)
    assert (found.code, found.figures, found.predictions) == (3, 2, 1)
    assert found.words == 11  # none of them in the formula


@pytest.mark.parametrize(("found", "minutes"), [(Reading(1000, 0, 0, 0), 5), (Reading(1000, 30, 1, 1), 10)])
def test_minutes_are_rounded_up_to_the_next_five(found, minutes):
    assert found.minutes == minutes


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_states_the_minutes_that_it_takes_and_none_asks_for_more_than_forty(path):
    stated = int(re.search(r"What you will learn \((\d+) minutes\)", path.read_text())[1])
    assert stated == reading(path).minutes <= 40
