"""The small library behind *Which Digit Is Bigger?*: data → models → training → experiment → figures."""

import torch

# Networks this small run faster on one thread than on two, and a round's numbers
# must not depend on the number of cores. Rounds run side by side instead (experiment.py).
torch.set_num_threads(1)
