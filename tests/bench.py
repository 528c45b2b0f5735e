"""How fast is the library? Two ways to the same work, side by side, and the parts that a reader waits for.

`make bench`, or `python tests/bench.py --rounds 4` for a shorter run. Times are wall-clock seconds on this
machine; the ratio is what counts, because both sides ran in turn in one call.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

TRAIN = "import sys; sys.path[:0] = ['tests', '.']; import bench; import json; print(json.dumps(bench.{}({})))"
BARS = {"dense": 0.6, "conv": 1.0}  # at most so many times the time of experiment.run


def library(rounds: int, started: bool = False) -> float:
    """Report E's ConvAux through experiment.run: seconds. ``started``: the workers have trained something before."""
    from lib import course, experiment
    from lib.course import reports
    from lib.recipes import Loss, Recipe

    if started:
        experiment.run({"dense": course.dense_pair()}, rounds=2)
    recipe = Recipe(reports.e_convnet(), batch=32, loss=Loss(auxiliary=0.4))
    start = perf_counter()
    table = experiment.run({"ConvAux": recipe}, rounds)
    print(f"  experiment.run  mean test accuracy {table['test_accuracy'].mean():.3f}", file=sys.stderr)
    return perf_counter() - start


def plain(rounds: int) -> float:
    """The same network, losses, epochs and batches as a beginner writes them: seconds."""
    import torch
    from torch import nn
    from torch.nn.functional import cross_entropy
    from torch.utils.data import DataLoader, TensorDataset

    from lib import data

    digits, accuracies, start = data.load(), [], perf_counter()
    for k in range(rounds):
        torch.manual_seed(k)
        round = data.draw(digits, k)
        lenet = nn.Sequential(
            *(nn.Conv2d(1, 32, 3), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.MaxPool2d(2), nn.ReLU()),
            *(nn.Flatten(), nn.Linear(256, 200), nn.ReLU(), nn.Linear(200, 10)),
        )
        head = nn.Linear(20, 2)
        optimiser = torch.optim.Adam([*lenet.parameters(), *head.parameters()], lr=0.001)
        train = DataLoader(TensorDataset(*vars(round.train).values()), batch_size=32, shuffle=True)
        test = DataLoader(TensorDataset(*vars(round.test).values()), batch_size=32)
        for _ in range(25):
            for images, classes, target in train:
                first, second = lenet(images[:, :1]), lenet(images[:, 1:])
                loss = cross_entropy(head(torch.cat([first, second], 1)), target)
                loss = loss + 0.4 * (cross_entropy(first, classes[:, 0]) + cross_entropy(second, classes[:, 1]))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        right = []
        with torch.no_grad():
            for loader in (train, test):
                right.append(0)
                for images, _, target in loader:
                    output = head(torch.cat([lenet(images[:, :1]), lenet(images[:, 1:])], 1))
                    right[-1] += (output.argmax(1) == target).sum().item()
        accuracies.append(right[-1] / len(round.test))
    print(f"  plain loop      mean test accuracy {statistics.mean(accuracies):.3f}", file=sys.stderr)
    return perf_counter() - start


def compared(kind: str) -> dict:
    """Two systems of the course, fully connected ("dense") or convolutional ("conv")."""
    from lib import course

    if kind == "dense":
        return {"plain": course.dense_siamese(), "digits": course.dense_siamese(auxiliary=1)}
    return {"plain": course.siamese(), "digits": course.siamese(auxiliary=1)}


def in_torch(kind: str) -> float:
    """Ten rounds of both systems through experiment.run, the start of its workers included: seconds."""
    from lib import experiment

    start = perf_counter()
    experiment.run(compared(kind), 10)
    return perf_counter() - start


@contextmanager
def opened(shown: str) -> Iterator[Any]:
    """A page of the lab that shows ``shown``, in a Chromium of its own."""
    from browser import CHROMIUM, FLAGS
    from playwright.sync_api import sync_playwright

    from book._ext import lab

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "lab.js").write_text(lab.script())
        (folder / "lab-digits.js").write_text(lab.digits_script())
        (folder / "lab-record.js").write_text(lab.record_script())
        (folder / "page.html").write_text(f'<meta charset="utf-8">{shown}<script defer src="lab.js"></script>')
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        page.goto((folder / "page.html").as_uri())
        yield page


def in_the_page(kind: str) -> tuple[float, float]:
    """The same in the lab's panel, in Chromium: seconds from the click to the first dot, and to the last."""
    from lib import page as pages

    with opened(pages.lab(compared(kind), kind).html()) as page:
        start = perf_counter()
        page.get_by_role("button", name="Run ten rounds").click()
        page.locator(".lab-dots circle.round").first.wait_for(state="attached", timeout=600_000)
        first = perf_counter() - start
        page.get_by_text("20 of 20 networks trained").wait_for(timeout=600_000)
        return first, perf_counter() - start


# A stroke in the second field; how long from the pen's leaving until the network's answer stands there, in seconds.
STROKE = """() => new Promise((resolve) => {
  const [, field] = document.querySelectorAll("canvas.lab-field");
  const { left, top } = field.getBoundingClientRect();
  field.setPointerCapture = () => {};
  const at = (type, y) => field.dispatchEvent(
    new PointerEvent(type, { clientX: left + 84, clientY: top + y, buttons: 1, isPrimary: true }));
  at("pointerdown", 30);
  at("pointermove", 140);
  const start = performance.now();
  const told = () => resolve((performance.now() - start) / 1000);
  new MutationObserver(told).observe(document.querySelector(".lab-answers"), { childList: true });
  at("pointerup", 140);
})"""


def answered() -> tuple[float, float]:
    """The record's network on two drawn digits: seconds until its first answer, and the median of ten later ones."""
    from lib.course import presets, weights
    from lib.page import bench

    with opened(bench(presets.presets(), presets.LADDER, weights.recipe())) as page:
        page.get_by_role("button", name="Ask the record").click()
        page.get_by_text("Waiting for two digits").wait_for()
        page.get_by_label("test digit", exact=True).first.fill("7")
        page.keyboard.press("Tab")
        first = page.evaluate(STROKE)
        return first, statistics.median(page.evaluate(STROKE) for _ in range(10))


SLOW = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8, "offline": False}  # slow 4G
PAINTED = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime / 1000))
    .observe({type: "largest-contentful-paint", buffered: true}))"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"


def first_visit() -> tuple[float, float]:
    """The built book's first page on slow 4G and a processor four times slower: until it is there, and loaded."""
    from browser import CHROMIUM, FLAGS
    from packed import serve
    from playwright.sync_api import sync_playwright

    with serve("_build/html") as address, sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(f"{address}/index.html", wait_until="load")
        page.wait_for_timeout(500)
        return page.evaluate(PAINTED), page.evaluate(LOADED)


def seconds(code: str, **environment: str) -> Any:
    """Run ``code`` in a Python of its own; it prints seconds, one number or a list of them."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment)
    print(result.stderr, end="")
    result.check_returncode()
    return json.loads(result.stdout)


def parts() -> None:
    """Import, load and draw, in fresh processes."""
    clock = "from time import perf_counter as clock; "
    imports = clock + "import torch; start = clock(); {}; print(clock() - start)"
    names = "from lib import data, models, training, experiment, compare, figures, checks, page"
    load = clock + "from lib import data; start = clock(); data.load(); print(clock() - start)"
    draw = "from lib import data; from timeit import timeit; d = data.load(); data.draw(d, 0); "
    draw += "print(timeit(lambda: data.draw(d, 1), number=20) / 20)"
    with tempfile.TemporaryDirectory() as folder:
        rows = {"load(), the first time": seconds(load, LIB_CACHE=folder)}
        for name, code in {
            "load(), from then on": load,
            "draw()": draw,
            "import lib, beyond torch": imports.format("import lib"),
            "all of lib, beyond torch": imports.format(names),
        }.items():
            rows[name] = statistics.median(seconds(code, LIB_CACHE=folder) for _ in range(3))
    for name, value in rows.items():
        print(f"  {name:26} {value:.3f} s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=10)
    rounds = options.parse_args().rounds
    print(f"{rounds} rounds of report E's ConvAux:")
    with tempfile.TemporaryDirectory() as folder:
        ours = seconds(TRAIN.format("library", rounds), LIB_LEDGER=folder)
    theirs = seconds(TRAIN.format("plain", rounds))
    with tempfile.TemporaryDirectory() as folder:
        later = seconds(TRAIN.format("library", f"{rounds}, started=True"), LIB_LEDGER=folder)
    print(f"  plain loop {theirs:.1f} s")
    print(f"  experiment.run, the start of its workers included {ours:.1f} s: {theirs / ours:.2f} times faster")
    print(f"  experiment.run, from the second call on {later:.1f} s: {theirs / later:.2f} times faster")
    for kind in ("dense", "conv"):
        with tempfile.TemporaryDirectory() as folder:
            torch = seconds(TRAIN.format("in_torch", repr(kind)), LIB_LEDGER=folder)
        dot, page = seconds(TRAIN.format("in_the_page", repr(kind)))
        ratio = f"experiment.run {torch:.1f} s, the page {page:.1f} s: {page / torch:.2f} times"
        print(f"Ten rounds of two {kind} networks: {ratio} ({BARS[kind]} asked), the first dot {dot:.2f} s (2 asked)")
    print("What a reader waits for:")
    parts()
    first, later = seconds(TRAIN.format("answered", ""))
    print(f"  the record on two drawings {first:.3f} s, and after each stroke {later:.3f} s")
    if os.path.exists("_build/html/index.html"):
        there, loaded = first_visit()
        print(f"  the first page on slow 4G  there in {there:.2f} s (1.5 asked), loaded in {loaded:.2f} s (3 asked)")


if __name__ == "__main__":
    main()
