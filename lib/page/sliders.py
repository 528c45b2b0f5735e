"""Sliders over figures: move one, and another figure is shown.

    explore(draw, weight=[0, 0.1, 1])

calls ``draw(weight=0)`` and so on, and shows the Pictures that it returns. One output has two forms:

- With a kernel (Jupyter, and Colab's ipywidgets 7.7) there are ipywidgets sliders, and each move calls ``draw``.
- Without one (the book's pages) the same output holds all frames as plain HTML, drawn in advance, a range input for
  each slider, and the few lines of SCRIPT.

Why are the page's sliders not ipywidgets, too? They can be linked to a Stack of frames in JavaScript, but that takes
a script of 1.8 MB, from another host or in this repository; its sliders have no names that a screen reader could
say; and the frames, alt texts included, are out of reach until it runs. A browser's own range input has none of that.
"""

import html
import itertools
import json
from collections.abc import Callable, Mapping, Sequence

import ipywidgets
from IPython.display import display

from lib.figures import Picture

Values = Mapping[str, Sequence[object]]  # the values of each slider, by the name of draw's argument
VIEW = "application/vnd.jupyter.widget-view+json"
SCRIPT = """
let chosen = 0;
for (const slider of this.querySelectorAll("input")) {
  const words = JSON.parse(slider.dataset.words);
  slider.setAttribute("aria-valuetext", words[slider.value]);
  slider.parentElement.nextElementSibling.textContent = words[slider.value];
  chosen = chosen * words.length + Number(slider.value);
}
this.querySelectorAll(".frame").forEach((frame, i) => { frame.hidden = i !== chosen; });
"""  # ``this`` is the element around sliders and frames; the frames stand in the order of itertools.product


def explore(draw: Callable[..., Picture], live: Values | None = None, **sliders: Sequence[object]) -> "Explorer":
    """A slider for each argument of ``draw``, and the Picture that it draws of what they say.

    ``live`` has other, usually more, values for a slider when there is a kernel. Raises ValueError where there is
    nothing to slide, and where ``live`` names no slider; TypeError when ``draw`` returns no Picture.
    """
    if not sliders or any(len(values) < 2 for values in sliders.values()):
        raise ValueError("explore needs sliders with at least two values each, as in explore(draw, weight=[0, 1])")
    if strange := set(live or {}) - set(sliders):
        raise ValueError(f"live has values for {', '.join(sorted(strange))}, which is no slider")
    return Explorer(draw, sliders, {**sliders, **(live or {})})


class Explorer:
    """Shown as the value of a cell. ``frames`` are the values of ``sliders``, ``live`` those with a kernel."""

    def __init__(self, draw: Callable[..., Picture], frames: Values, live: Values) -> None:
        self.draw, self.frames, self.live = draw, frames, live

    def picture(self, **chosen: object) -> Picture:
        picture = self.draw(**chosen)
        if not isinstance(picture, Picture):
            raise TypeError(f"the function to explore must return a Picture of lib.figures, not {picture!r}")
        return picture

    def html(self) -> str:
        """All frames and their sliders; the first value of each slider is chosen. Works without a kernel."""
        frames = [
            f'<div class="frame"{" hidden" if i else ""}>{self.picture(**chosen)._repr_html_()}</div>'
            for i, chosen in enumerate(combinations(self.frames))
        ]
        sliders = "".join(_range_input(name, values) for name, values in self.frames.items())
        return (
            f'<div class="explorer" oninput="{html.escape(SCRIPT)}">'
            f'<div class="sliders">{sliders}</div>{"".join(frames)}</div>'
        )

    def controls(self) -> dict[str, ipywidgets.SelectionSlider]:
        """The live sliders by name. They report a value when they are let go, since a frame may take a while."""
        return {
            name: ipywidgets.SelectionSlider(
                options=[(str(value), value) for value in values],
                value=self.frames[name][0] if self.frames[name][0] in values else values[0],
                description=_words(name),
                continuous_update=False,
                style={"description_width": "initial"},
                layout={"width": "100%", "max_width": "40rem"},
            )
            for name, values in self.live.items()
        }

    def widget(self) -> ipywidgets.VBox:
        """The live form. Progress bars and errors of ``draw`` are shown where the picture is."""
        controls = self.controls()
        shown = ipywidgets.interactive_output(lambda **chosen: display(self.picture(**chosen)), controls)
        return ipywidgets.VBox([*controls.values(), shown])

    def _ipython_display_(self) -> None:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget().model_id}
        display({VIEW: view, "text/html": self.html(), "text/plain": repr(self)}, raw=True)

    def __repr__(self) -> str:
        lists = [f"{_words(name)} {', '.join(map(str, values))}" for name, values in self.frames.items()]
        return f"[sliders] {'; '.join(lists)}"


def combinations(values: Values) -> list[dict[str, object]]:
    """All choices of one value for each slider; the last slider moves fastest."""
    return [dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values())]


def _range_input(name: str, values: Sequence[object]) -> str:
    words = [str(value) for value in values]
    told, first, width = html.escape(json.dumps(words)), html.escape(words[0]), max(map(len, words))
    return (
        f'<div class="slider"><label>{html.escape(_words(name))} '
        f'<input type="range" min="0" max="{len(words) - 1}" value="0" autocomplete="off" '
        f'data-words="{told}" aria-valuetext="{first}"></label><span style="min-width: {width}ch">{first}</span></div>'
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
