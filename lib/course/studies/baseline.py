"""Recorded experiments of the chapter on a first network."""

from lib.course import networks
from lib.course.recorded import Study, study

POOLS = 200


@study
def coverage() -> Study:
    """Two cheap systems on ten rounds of many pools of 5000 digits: how often does the interval hold the true value?"""
    systems = {"pair": networks.dense_pair(), "siamese": networks.dense_siamese(auxiliary=1)}
    return Study(systems, data=tuple(f"pool {number}" for number in range(POOLS)))
