"""What stands in the book's pages beside text and figures: claims, predictions, sliders."""

from lib.page.claims import ClaimFailed, above, below, claim, glue, tally, within
from lib.page.lab import Lab, bench, lab
from lib.page.predictions import Prediction, predict
from lib.page.sliders import Explorer, explore

__all__ = [
    "ClaimFailed",
    "Explorer",
    "Lab",
    "Prediction",
    "above",
    "below",
    "bench",
    "claim",
    "explore",
    "glue",
    "lab",
    "predict",
    "tally",
    "within",
]
