"""Print rounds of all presets of the lab: `make notebooks` does so with the book's versions and Colab's, and compares.

Where both print the same to the last bit, the notebooks may take rounds that the book has trained.
"""

import json
import os
import tempfile
from dataclasses import replace

with tempfile.TemporaryDirectory() as folder:
    os.environ["LIB_LEDGER"] = folder  # nothing that was kept before may answer
    from lib import experiment
    from lib.course.presets import presets

    for name, recipe in presets().items():
        rounds = experiment.run({name: replace(recipe, epochs=3)}, 1, per="epoch", where=1)
        print(name, json.dumps(rounds.drop(columns="system").astype(float).map(float.hex).to_dict("list")))
