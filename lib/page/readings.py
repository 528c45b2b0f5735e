"""What each digit is read as, for the reader to change, and which of the hundred comparisons then come out right."""

import html
from dataclasses import dataclass

DIGITS = range(10)
FORM = """<fieldset class="quiz" id="readings-{name}"><legend>{question}</legend>
<div class="pairs">{fields}</div>
<output></output>
<table class="comparisons"><caption>Is the first digit (rows) ≤ the second (columns)?
✓ answered rightly, ✗ wrongly.</caption><thead><tr><td></td>{columns}</tr></thead><tbody>{rows}</tbody></table>
<noscript><p>It needs JavaScript.</p></noscript></fieldset>
<script>{{
  const form = document.getElementById("readings-{name}");
  const fields = [...form.querySelectorAll("select")], cells = [...form.querySelectorAll("tbody td")];
  const judge = () => {{
    const read = fields.map((field) => Number(field.value));
    const free = read.map((_, output) => output).filter((output) => !read.includes(output));
    let right = 0;
    cells.forEach((cell, i) => {{
      const first = Math.floor(i / 10), second = i % 10;
      const holds = (first <= second) === (read[first] <= read[second]);
      cell.textContent = holds ? "✓" : "✗";
      cell.classList.toggle("wrong", !holds);
      right += holds;
    }});
    const left = free.length ? `Free: output ${{free.join(", ")}}.` : "No output is free.";
    form.querySelector("output").textContent = `${{right}} of 100 comparisons come out right. ${{left}}`;
  }};
  form.addEventListener("change", judge);
  judge();
}}</script>"""
FIELD = (
    '<label>{digit} is read as <select autocomplete="off" data-lm-suppress-shortcuts="true">{options}</select></label>'
)


@dataclass(frozen=True)
class Readings:
    """A field for each digit, and a table of all comparisons, which follows them. It shows itself."""

    name: str
    question: str
    begin: str

    def __repr__(self) -> str:
        return f"{self.question} At first the digits 0 to 9 are read as {self.begin}."

    def _repr_html_(self) -> str:
        columns = "".join(f'<th scope="col">{digit}</th>' for digit in DIGITS)
        rows = "".join(f'<tr><th scope="row">{digit}</th>{"<td></td>" * 10}</tr>' for digit in DIGITS)
        fields = "".join(FIELD.format(digit=digit, options=_options(self.begin[digit])) for digit in DIGITS)
        return FORM.format(
            name=self.name, question=html.escape(self.question), fields=fields, columns=columns, rows=rows
        )


def readings(name: str, question: str, begin: str = "0123456789") -> Readings:
    """Ten fields to say what each digit is read as; ``begin`` has the ten outputs that they show at first.

    ``name`` is unique in its page. Raises ValueError unless ``begin`` is ten digits.
    """
    if len(begin) != 10 or not set(begin) <= set("0123456789"):
        raise ValueError(f"begin with ten outputs of 0 to 9, not with {begin!r}")
    return Readings(name, question, begin)


def _options(chosen: str) -> str:
    return "".join(f"<option{' selected' if str(output) == chosen else ''}>{output}</option>" for output in DIGITS)
