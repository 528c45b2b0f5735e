"""Pairs that the reader answers, each with a button of its own, and that are judged all together."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

# Buttons that stay pressed, not radio buttons: book/_static/memory.js keeps those as a prediction. The labels stand in
# the page, where only who looks for them finds them before the answers.
FORM = """<fieldset class="quiz" id="judged-{name}"><legend>{question}</legend>
<div class="pairs">{pairs}</div>
<button type="button">Judge them all</button> <output></output></fieldset>
<script>{{
  const quiz = document.getElementById("judged-{name}");
  const pairs = [...quiz.querySelectorAll("[data-label]")];
  const said = (pair) => pair.querySelector("[aria-pressed=true]")?.textContent;
  const those = (holds) => pairs.flatMap((pair, i) => (holds(pair) ? [i + 1] : []));
  for (const pair of pairs) {{
    const both = [...pair.querySelectorAll("button")];
    for (const button of both) {{
      button.addEventListener("click", () => {{
        for (const other of both) {{
          other.setAttribute("aria-pressed", other === button);
          other.style.boxShadow = other === button ? "inset 0 0 0 3px" : ""; // notebooks do not have the book's styles
        }}
      }});
    }}
  }}
  quiz.querySelector(".pairs + button").addEventListener("click", () => {{
    const open = those((pair) => !said(pair)), other = those((pair) => said(pair) !== pair.dataset.label);
    const agreed = `You agree with the labels of ${{pairs.length - other.length}} of ${{pairs.length}} pairs`;
    const except = other.length ? `, and not with ${{other.join(", ")}}` : "";
    quiz.querySelector("output").textContent = open.length
      ? `Decide all of them first. Still open: ${{open.join(", ")}}.`
      : `${{agreed}}${{except}}. The network agrees with none of these labels.`;
  }});
}}</script>"""
BUTTON = '<button type="button" aria-pressed="false" data-lm-suppress-shortcuts="true">{sign}</button>'
PAIR = '<div role="group" aria-label="pair {number}" data-label="{label}"><span>{number}</span> {buttons}</div>'
SIGNS = ("≤", "&gt;")


@dataclass(frozen=True)
class Judged:
    """A question about some pairs, and the labels that its answers are compared with. It shows itself."""

    name: str
    question: str
    labels: tuple[bool, ...]

    def __repr__(self) -> str:
        return f"{self.question} Decide for pairs 1 to {len(self.labels)}."

    def _repr_html_(self) -> str:
        buttons = " ".join(BUTTON.format(sign=sign) for sign in SIGNS)
        pairs = (
            PAIR.format(number=number, label=SIGNS[0] if label else SIGNS[1], buttons=buttons)
            for number, label in enumerate(self.labels, start=1)
        )
        return FORM.format(name=self.name, question=html.escape(self.question), pairs="".join(pairs))


def judged(name: str, question: str, labels: Sequence[bool]) -> Judged:
    """Buttons ≤ and > for each of some pairs that the network gets wrong; ``labels`` say which pairs are ≤.

    The answers are judged together, and only when all are given, so that no single answer tells the reader anything.
    ``name`` is unique in its page. Raises ValueError without a pair.
    """
    if not len(labels):
        raise ValueError("there is no pair to judge")
    return Judged(name, question, tuple(bool(label) for label in labels))
