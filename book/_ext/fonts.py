"""Fonts with the signs that the pages show, and no others."""

from io import BytesIO

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont


def part(font: bytes, signs: set[int], **options: object) -> bytes:
    """A font with these signs only, as woff2; ``options`` are fontTools' for what else of it is kept."""
    whole, packed = TTFont(BytesIO(font), recalcTimestamp=False), BytesIO()  # the same at each build
    subsetter = Subsetter(Options(**options))
    subsetter.populate(unicodes=signs)
    subsetter.subset(whole)
    whole.flavor = "woff2"
    whole.save(packed)
    return packed.getvalue()
