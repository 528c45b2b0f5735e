"""The lab's files: one script from the modules in book/lab, and the digits, written beside the pages that use them.

A page that was opened as a file may not load modules, so the modules become one plain script: their imports and exports
fall away, and each name must be the only one of its kind.
"""

import base64
import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import torch
from sphinx.application import Sphinx
from torch import nn

from lib.course import weights
from lib.course.presets import LADDER, presets
from lib.page import bench
from lib.store import sources

FOLDER = Path(__file__).parents[1] / "lab"
KERNELS = ("kernels-fused", "kernels")  # compiled, the fastest first: a browser takes the first that it can
# What a worker needs, each after what it stands on.
ENGINE = ("random", "data", "kernels", "memory", "layers", "tape", "recipe", "networks", "training", "worker")
PAGE = ("crew", "statistics", "plots", "panel", "switches", "diagram", "field", "drawing", "bench", "start")
PLACE = '<div id="lab-page"></div>'
PANEL = re.compile(r'<section class="lab[ "]')  # as lib.page.lab writes it


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", only_where_needed, priority=800)  # before page_scripts takes its pick
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def only_where_needed(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """The script is loaded by pages with a panel, and by no other. The lab page gets its presets here."""
    body = context.get("body", "")
    if PLACE in body:
        body = context["body"] = body.replace(PLACE, bench(presets(), LADDER, weights.recipe()))
    if PANEL.search(body):
        app.add_js_file("lab.js", loading_method="defer")


def write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        (static / "lab.js").write_text(script(), encoding="utf-8")
        (static / "lab-digits.js").write_text(digits_script(), encoding="utf-8")
        (static / "lab-record.js").write_text(record_script(), encoding="utf-8")


def script() -> str:
    """The whole lab as one plain script."""
    engine = plain(ENGINE)
    kernels = [base64.b64encode((FOLDER / f"{name}.wasm").read_bytes()).decode() for name in KERNELS]
    places = ", ".join(
        f'{name}Script: new URL("lab-{name}.js", document.currentScript.src).href' for name in ("digits", "record")
    )
    return (
        "(() => {\n"
        f"const packed = {{ kernels: {kernels}, {places} }};\n"
        f"function engine(scope) {{\n{engine}\nif (scope) work(scope);\nreturn {{ {', '.join(names(ENGINE))} }};\n}}\n"
        f"const {{ {', '.join(names(ENGINE))} }} = engine();\n"
        f"{plain(PAGE)}\n"
        "start({ ...packed, source: `(${engine})(self)` });\n"
        "})();\n"
    )


def plain(modules: Iterable[str]) -> str:
    """Modules one after the other, without their imports and exports."""
    texts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in modules]
    return "\n".join(re.sub(r"^import .*?;\n|^export ", "", text, flags=re.MULTILINE) for text in texts)


def names(modules: Iterable[str]) -> list[str]:
    """What modules export."""
    texts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in modules]
    found = [re.findall(r"^export (?:const|class|function\*?) (\w+)", text, flags=re.MULTILINE) for text in texts]
    return [name for part in found for name in part]


def digits_script() -> str:
    """The sample's digits at 14×14, exact: the sum of four grey values for each pixel, packed."""
    return f'labDigits("{packed(digits_bytes())}");\n'


def record_script() -> str:
    """The record's weights, in half precision, packed."""
    return f'labRecord("{packed(in_order(weights.read()))}");\n'


def packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def digits_bytes() -> bytes:
    """All low bytes of the sums (5000 · 196), then all high bytes, then the labels: so they compress best."""
    images, labels = sources.sample()
    sums = images.view(-1, 14, 2, 14, 2).to(torch.int32).sum(dim=(2, 4))
    low, high = (sums % 256).to(torch.uint8), (sums // 256).to(torch.uint8)
    return low.numpy().tobytes() + high.numpy().tobytes() + labels.to(torch.uint8).numpy().tobytes()


def in_order(network: nn.Module) -> bytes:
    """Weights and biases of each layer, then for each batch norm its weights, biases, running means and variances."""
    values = []
    for part in network.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            values += [part.weight, part.bias]
    for part in network.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            values += [part.weight, part.bias, part.running_mean, part.running_var]
    return torch.cat([value.detach().flatten() for value in values]).numpy().astype("<f2").tobytes()
