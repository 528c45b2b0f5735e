"""Do ten rounds in the page end where lib's do? For each preset of the lab, or those named:

    PYTHONPATH=.:tests .venv/bin/python tests/lab/every_preset.py

Ten minutes of two cores, so no test. The page's rounds and lib's have the same pairs, first weights and batches; they
differ in the order of sums, and where there is dropout in its masks.
"""

import re
import sys

import pandas as pd
from bench import opened

from lib import compare, experiment
from lib import page as pages
from lib.course.presets import presets
from lib.recipes import Recipe

TOLD = """() => {
  window.told = [];
  const status = document.querySelector(".lab-status");
  new MutationObserver(() => told.push(status.textContent)).observe(status, { childList: true });
}"""


def in_the_page(name: str, recipe: Recipe) -> pd.DataFrame:
    """A panel's ten rounds: round, system, and test_accuracy to a tenth of a point, as the panel says it."""
    with opened(pages.lab({name: recipe}, "preset").html()) as page:
        page.evaluate(TOLD)
        page.get_by_role("button", name="Run ten rounds").click()
        page.get_by_text("10 of 10 networks trained").wait_for(timeout=3_600_000)
        told = " ".join(page.evaluate("told"))
    found = dict(re.findall(rf"Round (\d+): {re.escape(name)} ([\d.]+) %", told))
    return pd.DataFrame({"round": int(k), "system": "page", "test_accuracy": float(v) / 100} for k, v in found.items())


def main() -> None:
    for name, recipe in presets().items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        ours = experiment.run({"lib": recipe}, 10)
        theirs = in_the_page(name, recipe)
        both = pd.concat([ours[["round", "system", "test_accuracy"]], theirs])
        mean = {system: 100 * rows["test_accuracy"].mean() for system, rows in both.groupby("system")}
        difference = compare.paired(both, "page", "lib")
        print(f"{name:45} lib {mean['lib']:.2f}  page {mean['page']:.2f}  {difference}", flush=True)


if __name__ == "__main__":
    main()
