"""What a chapter opens when it needs it.

Here are the values that may stand in a recipe. The modules probes, choosing and coverage look at networks and results;
they are imported by name, because they need pandas, which a worker process should not have to load.
"""

from lib.extras.augmentation import Distortion, NewPairs, Views
from lib.extras.epsilon import WithEpsilon
from lib.extras.labels import Relabelled
from lib.extras.losses import Alternating, Balanced
from lib.extras.protocols import Published
from lib.extras.schedules import OneCycle
from lib.extras.starts import SameStart, Starts
from lib.extras.wrappers import BestEpoch, Pretrain, RunningMean

__all__ = [
    "Alternating",
    "Balanced",
    "BestEpoch",
    "Distortion",
    "NewPairs",
    "OneCycle",
    "Pretrain",
    "Published",
    "Relabelled",
    "RunningMean",
    "SameStart",
    "Starts",
    "Views",
    "WithEpsilon",
]
