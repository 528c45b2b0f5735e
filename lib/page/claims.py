"""Conclusions that are checked each time the book is built, and numbers that come from the run."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from IPython.display import display

from lib.compare import CONFIDENCE, LEVEL, LOOKED_AT, Effect

HIDDEN = "application/papermill.record/"  # a kind of output that no front end shows


class ClaimFailed(AssertionError):
    """A conclusion stated in the book no longer holds."""


@dataclass(frozen=True)
class Ground:
    """What a conclusion rests on: an effect, and whether its whole interval lies where the conclusion needs it.

    ``p`` is that of the test that the true value lies at the bound.
    """

    effect: Effect
    holds: bool
    p: float


def above(effect: Effect, bound: float = 0.0) -> Ground:
    """The interval lies above ``bound`` as a whole."""
    return Ground(effect, effect.low > bound, effect.p_value(bound))


def below(effect: Effect, bound: float = 0.0) -> Ground:
    """The interval lies below ``bound`` as a whole."""
    return Ground(effect, effect.high < bound, effect.p_value(bound))


def within(effect: Effect, bound: float) -> Ground:
    """The interval lies between −``bound`` and ``bound``: whatever the true value is, it is smaller than that."""
    p = max(effect.p_value(bound), effect.p_value(-bound))
    return Ground(effect, -bound < effect.low and effect.high < bound, p)


STATED: dict[str, list[Ground]] = {}  # the conclusions of this session that rest on intervals


def claim(sentence: str, *grounds: Ground | bool) -> None:
    """State ``sentence`` in the page as checked, if all its grounds hold; raise ClaimFailed, naming those that do not.

    Where a difference is claimed, the ground is an interval: ``claim("Sharing helps.", above(sharing))``. A bool is for
    facts that are no estimates. Intervals that the sentence does not name stand behind it. Raises TypeError without any
    ground.
    """
    if not grounds or not all(isinstance(ground, Ground | bool) for ground in grounds):
        raise TypeError("a claim needs its grounds: above(effect), below(effect), within(effect, bound), or a fact")
    intervals = [ground for ground in grounds if isinstance(ground, Ground)]
    failed = [f"{ground.effect.name} {ground.effect}" for ground in intervals if not ground.holds]
    if failed or not all(ground for ground in grounds if isinstance(ground, bool)):
        raise ClaimFailed(
            f"this no longer holds: {sentence} {'; '.join(failed)} Change the text, or find out what changed."
        )
    if intervals:
        STATED[sentence] = intervals
    untold = list(dict.fromkeys(f"{g.effect.name}: {g.effect}" for g in intervals if str(g.effect) not in sentence))
    behind = f" <small>{html.escape('; '.join(untold))}</small>" if untold else ""
    text = f"✓ {sentence}" + (f" ({'; '.join(untold)})" if untold else "")
    display({"text/html": f'<p class="claim">{html.escape(sentence)}{behind}</p>', "text/plain": text}, raw=True)


def tally() -> None:
    """How many intervals were looked at so far, and which conclusions stand even when all are counted.

    Of many intervals some miss zero by chance. Holm's correction (1979) asks most of the clearest, a little less of the
    next, and so on, so that the chance that *any* of them is wrong stays at 1 − CONFIDENCE.
    """
    chances = {
        effect: effect.p_value() for effect in LOOKED_AT if effect.unit == "points"
    }  # a mean alone tests nothing
    for grounds in STATED.values():
        chances |= {ground.effect: ground.p for ground in grounds}
    standing = holm(chances)
    firm = [sentence for sentence, grounds in STATED.items() if all(ground.effect in standing for ground in grounds)]
    rest = [sentence for sentence in STATED if sentence not in firm]
    head = (
        f"{len(chances)} intervals of effects were computed above, each with {LEVEL} confidence of its own. "
        "(Those of counts and of single systems are not among them.)"
    )
    lines = [f"Stands with all {len(chances)} counted: {sentence}" for sentence in firm]
    lines += [f"Stands alone only: {sentence}" for sentence in rest]
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    display(
        {
            "text/html": f'<div class="tally"><p>{head}</p><ul>{items}</ul></div>',
            "text/plain": "\n".join([head, *lines]),
        },
        raw=True,
    )


def holm(chances: Mapping[Effect, float]) -> set[Effect]:
    """The effects that survive Holm's step-down correction. Source: S. Holm, 1979, Scandinavian J. of Statistics 6."""
    standing: set[Effect] = set()
    ordered = sorted(chances, key=chances.__getitem__)
    for place, effect in enumerate(ordered):
        if chances[effect] > (1 - CONFIDENCE) / (len(ordered) - place):
            break
        standing.add(effect)
    return standing


def glue(**values: object) -> None:
    """Give values a name under which the text can show them: glue(gain=3.2), then {glue:text}`gain:.1f`.

    The same as myst_nb.glue with display=False, but without myst_nb, so that it also runs in Colab. An effect reads as
    its mean and interval.
    """
    for name, value in values.items():
        value = str(value) if isinstance(value, Effect) else getattr(value, "item", lambda v=value: v)()
        plain = repr(value)  # a text in quotes, since MyST-NB reads it as Python: 930,624 would be a tuple
        metadata = {"scrapbook": {"name": name, "mime_prefix": HIDDEN}}
        display({HIDDEN + "text/plain": plain}, raw=True, metadata=metadata)
