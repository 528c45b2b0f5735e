"""The book in other engines than Chromium: what a reader presses on a phone opens, answers, moves and is remembered."""

from pathlib import Path

import pytest
from engines import ENGINES, opened, served

BOOK = Path("_build/html")
CHAPTER = """
const all = (places) => [...document.querySelectorAll(places)];
const shown = (element) => Boolean(element?.checkVisibility({ visibilityProperty: true }));
const named = (name) => all("button").find((one) => shown(one) && one.getAttribute("aria-label") === name);
const seen = (explorer) => [...explorer.querySelectorAll(".frame")].map(shown).join();

async function until(holds) {
  for (let look = 0; look < 400; look += 1) {
    if (holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function opened(button, link) {
  if (all(link).some(shown)) return "open before";
  named(button).click();
  const open = await until(() => all(link).some(shown));
  all("dialog[open]").forEach((dialog) => dialog.close());
  return open && (await until(() => !all(link).some(shown)));
}

async function predicted() {
  const quiz = all("fieldset.quiz")[0];
  quiz.querySelector("input[value=B]").click();
  quiz.querySelector("select").value = "sure";
  [...quiz.querySelectorAll("button")].find((one) => one.textContent === "Predict").click();
  const said = await until(() => quiz.textContent.includes("You predicted B."));
  return said && Object.keys(localStorage).some((key) => localStorage[key].includes("sure"));
}

function moved() {
  const explorer = all(".explorer").find((one) => one.querySelector("input[type=range]"));
  const slider = explorer.querySelector("input[type=range]");
  const before = seen(explorer);
  slider.value = slider.value === slider.max ? slider.min : slider.max;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return seen(explorer) !== before && seen(explorer).split(",").filter((one) => one === "true").length === 1;
}

function unfolded() {
  const hint = all("article details").find((one) => one.textContent.includes("Hint") && shown(one));
  hint.querySelector("summary").click();
  return hint.open && [...hint.children].every(shown);
}

addEventListener("load", async () => report({
  narrow: innerWidth < 700,
  sideways: document.documentElement.scrollWidth > innerWidth,
  book: await opened("Toggle primary sidebar", "#pst-primary-sidebar-modal a[href*=weight-sharing]"),
  page: await opened("Toggle secondary sidebar", "#pst-secondary-sidebar-modal a.nav-link"),
  prediction: await predicted(),
  slider: moved(),
  hint: unfolded(),
  formulas: all("math").filter(shown).every((one) => one.getBoundingClientRect().height > 5),
}));
"""
SEARCH = """
addEventListener("load", () => {
  const results = document.querySelector("#search-results");
  new MutationObserver((_, observer) => {
    const links = [...results.querySelectorAll("li a")].map((one) => one.textContent.trim());
    if (links.length < 3) return;
    observer.disconnect();
    report({ links });
  }).observe(results, { childList: true, subtree: true });
});
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_chapter_does_on_a_phone_what_it_does_in_chromium(engine, tmp_path):
    with served(BOOK.resolve(), CHAPTER) as (address, told):
        found = opened(engine, f"{address}/phone/book/dropout.html", told, tmp_path)
    assert found == {
        "narrow": True,
        "sideways": False,
        "book": True,
        "page": True,
        "prediction": True,
        "slider": True,
        "hint": True,
        "formulas": True,
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_the_search_finds_chapters(engine, tmp_path):
    with served(BOOK.resolve(), SEARCH) as (address, told):
        found = opened(engine, f"{address}/search.html?q=dropout", told, tmp_path)
    assert any("Dropout" in link for link in found["links"])
