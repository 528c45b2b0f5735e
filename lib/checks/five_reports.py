"""Checks of the chapter that compares the five reports."""

from lib.checks.verdict import check, require

FLAWS = {
    1: "One line is outside the loop that should be inside: what does round 2 start from?",
    6: "One line lets the test set decide how it is standardised.",
    10: "One line lets the test set choose the epoch.",
}
SOUND = {
    4: "Line 4 is right: data are drawn anew in every round.",
    5: "Line 5 is right: the training set may be standardised by itself.",
    9: "Line 9 is right: it trains on the training set.",
    11: "Line 11 only keeps what line 10 has already chosen.",
}


@check
def audit(answer: set[int]) -> str:
    """The line numbers of a script that depart from the clean protocol."""
    require(isinstance(answer, set | list | tuple), "Give a set of line numbers, as in {2, 3}.")
    lines = set(answer)
    for line in sorted(lines - set(FLAWS)):
        require(False, SOUND.get(line, f"Line {line} gives nothing away."))
    for line, cause in FLAWS.items():
        require(line in lines, f"{len(lines)} of 3 found. {cause}")
    return "Carried-over weights, own statistics, and the best epoch on the test set."


@check
def batch_weight(answer: float) -> str:
    """How many times as much a pair in a last batch of 8 counts as one in a batch of 32."""
    answer = float(answer)
    require(abs(answer - 0.25) > 1e-6, "It is the other way round: few share the weight of the last batch.")
    require(abs(answer - 8) > 1e-6, "That is the size of the last batch. Compare it with that of the others.")
    require(abs(answer - 32) > 1e-6, "That is the size of the other batches. Compare it with that of the last.")
    require(abs(answer - 4) < 1e-6, "A pair counts 1 / 8 of its batch there, 1 / 32 elsewhere.")
    return "Four times. Weigh batches by their size, or judge all pairs together."
