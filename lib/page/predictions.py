"""Predictions: a question that the reader answers before the result is shown."""

import html
from dataclasses import dataclass

LETTERS = "ABCDEFGH"

# One <fieldset>: browsers give it the keyboard (arrows choose, Tab leads to the button) and screen readers its name.
# It is no <form>, because a notebook's output may be in a frame that must not submit one. JupyterLab would take the
# arrows for itself; data-lm-suppress-shortcuts, on what has the focus, tells it not to.
FORM = """<fieldset class="quiz" id="quiz-{name}"><legend>{question}</legend>
{choices}
<button type="button">Predict</button> <output></output></fieldset>
<script>{{
  const quiz = document.getElementById("quiz-{name}");
  quiz.querySelector("button").addEventListener("click", () => {{
    const chosen = quiz.querySelector("input:checked");
    const said = chosen ? `You predicted ${{chosen.value}}. ` : "Choose an answer first.";
    quiz.querySelector("output").textContent = said + (chosen?.dataset.feedback ?? "");
    for (const place of document.querySelectorAll(".predicted.{name}")) place.textContent = chosen ? said : "";
  }});
}}</script>"""
CHOICE = """<div><label><input type="radio" name="quiz-{name}" value="{letter}" data-feedback="{feedback}"
data-lm-suppress-shortcuts="true"> <b>{letter}.</b> {answer}</label></div>"""


@dataclass(frozen=True)
class Prediction:
    """A question with its answers, each with a feedback. It shows itself, in the book and in notebooks."""

    name: str
    question: str
    answers: dict[str, str]

    def __repr__(self) -> str:
        lines = [f"{letter}. {answer}" for letter, answer in zip(LETTERS, self.answers, strict=False)]
        return "\n".join([self.question, *lines])

    def _repr_html_(self) -> str:
        choices = [
            CHOICE.format(name=self.name, letter=letter, answer=html.escape(answer), feedback=html.escape(feedback))
            for letter, (answer, feedback) in zip(LETTERS, self.answers.items(), strict=False)
        ]
        return FORM.format(name=self.name, question=html.escape(self.question), choices="\n".join(choices))


def predict(name: str, question: str, answers: dict[str, str]) -> Prediction:
    """A question to commit to: choose an answer, press *Predict*, and read the feedback for that answer.

    ``answers`` maps each answer to its feedback, which makes the reader think and does not give the result away.
    No answer is right or wrong here: the experiment below decides. ``name`` is unique in its page; where the text has
    ``<span class="predicted NAME"></span>``, the choice is shown again. Raises ValueError for a name that is not
    lowercase words joined by hyphens, and for fewer than two or more than eight answers.

    Why not jupyterquiz: it calls every answer correct or incorrect, in green or red, shows the feedback as soon as an
    arrow key passes an answer, shuffles with numbers that change at each build, and puts 40 kB into the page.
    """
    if not all(word.isalnum() and word.islower() for word in name.split("-")):
        raise ValueError(f"name must be lowercase words joined by hyphens, as in 'first-prediction', not {name!r}")
    if not 2 <= len(answers) <= len(LETTERS):
        raise ValueError(f"a prediction has two to {len(LETTERS)} answers, not {len(answers)}")
    return Prediction(name, question, answers)
