"""The course's content as values: its networks, the ladder, the five reports, the recorded experiments.

The networks are at hand as ``course.siamese()`` and so on.
"""

from lib.course.networks import (
    ADAM,
    BATCH,
    COMPARE,
    conv_layers,
    conv_pair,
    deep,
    dense_layers,
    dense_pair,
    dense_siamese,
    siamese,
    techniques,
    with_head,
)

__all__ = [
    "ADAM",
    "BATCH",
    "COMPARE",
    "conv_layers",
    "conv_pair",
    "deep",
    "dense_layers",
    "dense_pair",
    "dense_siamese",
    "siamese",
    "techniques",
    "with_head",
]
