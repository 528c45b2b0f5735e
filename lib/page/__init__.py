"""What stands in the book's pages beside text and figures: claims, predictions, sliders, the lab."""

from lib.page.claims import ClaimFailed, above, below, claim, glue, tally, within
from lib.page.entered import Entered, Side, address, entered
from lib.page.judged import Judged, judged
from lib.page.lab import Lab, bench, lab
from lib.page.predictions import Prediction, predict
from lib.page.readings import Readings, readings
from lib.page.sliders import Explorer, explore

__all__ = [
    "ClaimFailed",
    "Entered",
    "Explorer",
    "Judged",
    "Lab",
    "Prediction",
    "Readings",
    "Side",
    "above",
    "address",
    "below",
    "bench",
    "claim",
    "entered",
    "explore",
    "glue",
    "judged",
    "lab",
    "predict",
    "readings",
    "tally",
    "within",
]
