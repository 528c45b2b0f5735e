"""A page in Chromium that holds the lab's engine and the digits, and nothing else."""

import base64
import shutil

import pytest
from playwright.sync_api import sync_playwright

from book._ext import lab

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run"]

# What tests ask of the engine: ``train`` gives the losses of the first steps, ``slopes`` compares gradients.
HELPERS = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
function train(recipe, number, compiled, steps) {
  const network = fresh(recipe, number, compiled ? bytes(KERNELS) : null);
  const first = network.tape.parameters.map(({ p, count }) => [...network.tape.F.slice(p, p + Math.min(count, 5))]);
  const losses = [];
  const round = draw(window.digits, number, recipe.protocol.train, recipe.protocol.test);
  const enough = (loss) => { losses.push(loss); if (losses.length === steps) throw "enough"; };
  try { fit(network, round, recipe, generator(number, "training"), enough).next(); }
  catch (error) { if (error !== "enough") throw error; }
  return { size: network.size, first, losses };
}
"""


@pytest.fixture(scope="session")
def engine():
    """The page. ``engine.evaluate(js)`` sees all names that the engine's modules export."""
    if CHROMIUM is None:
        pytest.skip("no chromium: on Debian, apt install chromium")
    kernels = base64.b64encode((lab.FOLDER / "kernels.wasm").read_bytes()).decode()
    digits = base64.b64encode(lab.digits_bytes()).decode()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(content=f'const KERNELS = "{kernels}";\n{lab.plain(lab.ENGINE)}\n{HELPERS}')
        page.evaluate("(text) => { window.digits = unpacked(bytes(text), 5000); }", digits)
        yield page
        browser.close()
