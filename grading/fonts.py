"""matplotlib's list of fonts, made once: a submission, which has a home of its own, would spend a second on it."""

import shutil
from functools import cache
from pathlib import Path


@cache
def listed() -> Path:
    """The list, which matplotlib makes when it is first asked for fonts."""
    import matplotlib
    from matplotlib import font_manager

    return Path(matplotlib.get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"


def provide(folder: Path) -> None:
    """Put a copy into a folder that becomes MPLCONFIGDIR; without one, matplotlib makes its own."""
    folder.mkdir()
    if listed().exists():
        shutil.copy(listed(), folder)
