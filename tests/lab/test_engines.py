"""The lab in other engines than Chromium: a whole panel trains a round, and says what it says in Chromium."""

import pytest
from engines import ENGINES, opened, served

from lib import course, experiment
from lib.page import lab as panel

SYSTEMS = {"pair": course.dense_pair(), "siamese": course.dense_siamese(auxiliary=1)}
PRESS = """
addEventListener("load", () => {
  const status = document.querySelector(".lab-status");
  [...document.querySelectorAll("button")].find((one) => one.textContent === "Run one round").click();
  new MutationObserver(() => {
    if (!status.textContent.includes("2 of 2 networks trained")) return;
    const cells = (row) => [...row.children].map((cell) => cell.textContent);
    const rows = [...document.querySelectorAll("tbody tr")].map(cells);
    report({ rows, status: status.textContent, agent: navigator.userAgent });
  }).observe(status, { childList: true });
});
"""


@pytest.mark.parametrize("name", ENGINES)
def test_a_panel_trains_a_round(name, scripts, tmp_path):
    for file, text in scripts.items():
        (tmp_path / file).write_text(text)
    shown = panel(SYSTEMS, "engines").html()
    (tmp_path / "page.html").write_text(f'<meta charset="utf-8">{shown}<script defer src="lab.js"></script>')
    with served(tmp_path, PRESS) as (address, told):
        found = opened(name, f"{address}/page.html", told, tmp_path)
    table = experiment.run(SYSTEMS, rounds=1).set_index("system")
    assert "without WebAssembly" not in found["status"] and "no workers" not in found["status"]
    for system, rounds, mean, _ in found["rows"]:
        assert rounds == "1" and float(mean) == pytest.approx(100 * table.test_accuracy[system], abs=1.5)
    assert len(found["rows"]) == 2
