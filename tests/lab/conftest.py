"""A page in Chromium that holds the lab's engine and the digits, and nothing else."""

import base64

import pytest

from book._ext import lab

# What tests ask of the engine: ``train`` gives the losses of the first steps, ``slopes`` compares gradients.
HELPERS = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
function train(recipe, number, compiled, steps) {
  const network = fresh(recipe, number, compiled ? bytes(KERNELS) : null);
  const first = network.tape.parameters.map(({ p, count }) => [...network.tape.F.slice(p, p + Math.min(count, 5))]);
  const losses = [];
  const round = draw(window.digits, number, recipe.protocol.train, recipe.protocol.test);
  const enough = (loss) => { losses.push(loss); if (losses.length === steps) throw "enough"; };
  try { fit(network, round, recipe, generator(number, "training"), true, enough).next(); }
  catch (error) { if (error !== "enough") throw error; }
  return { size: network.size, first, losses };
}
"""


@pytest.fixture(scope="module")
def browser(chromium):
    return chromium


@pytest.fixture(scope="session")
def scripts():
    """The lab's files by name, packed once."""
    return {"lab.js": lab.script(), "lab-digits.js": lab.digits_script(), "lab-record.js": lab.record_script()}


@pytest.fixture(scope="module")
def engine(browser):
    """The page. ``engine.evaluate(js)`` sees all names of the lab's modules."""
    kernels = base64.b64encode((lab.FOLDER / "kernels.wasm").read_bytes()).decode()
    digits = base64.b64encode(lab.digits_bytes()).decode()
    page = browser.new_page()
    page.add_script_tag(content=f'const KERNELS = "{kernels}";\n{lab.plain(lab.ENGINE)}\n{HELPERS}')
    shown = "Object.assign(window, { diagram, Field, prepared, python, SWITCHES, ticks });"
    page.add_script_tag(content=f"(() => {{\n{lab.plain(lab.PAGE)}\n{shown}\n}})()")
    page.evaluate("(text) => { window.digits = unpacked(bytes(text), 5000); }", digits)
    return page
