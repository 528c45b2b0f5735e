"""Conclusions that are checked each time the book is built, and numbers that come from the run."""

import html

from IPython.display import display

HIDDEN = "application/papermill.record/"  # a kind of output that no front end shows


class ClaimFailed(AssertionError):
    """A conclusion stated in the book no longer holds."""


def claim(condition: bool, sentence: str) -> None:
    """State ``sentence`` in the page as checked, if ``condition`` holds; raise ClaimFailed if not."""
    if not condition:
        raise ClaimFailed(f"this no longer holds: {sentence} Change the text, or find out what changed.")
    display({"text/html": f'<p class="claim">{html.escape(sentence)}</p>', "text/plain": f"✓ {sentence}"}, raw=True)


def glue(**values: object) -> None:
    """Give values a name under which the text can show them: glue(gain=3.2), then {glue:text}`gain:.1f`.

    The same as myst_nb.glue with display=False, but without myst_nb, so that it also runs in Colab.
    """
    for name, value in values.items():
        text = value if isinstance(value, str) else repr(getattr(value, "item", lambda v=value: v)())
        metadata = {"scrapbook": {"name": name, "mime_prefix": HIDDEN}}
        display({HIDDEN + "text/plain": text}, raw=True, metadata=metadata)
