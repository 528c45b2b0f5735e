"""House rules of English, part of `make lint`: `python -m book._ext.house_words` names each phrase that breaks one.

Spelling is codespell's, which looks at single words. These are turns of phrase that a reader stumbles over or that a
textbook does without; each has what to write instead. What a page shows is read: text, not code.
"""

import re
import sys
from pathlib import Path

PAGES = ("index.md", "README.md", "CONTRIBUTING.md", "book/*.md", "book/solutions/*.md", "book/questions/*.yml")
RULES = {
    r"\b(?:network|pair|image|branch|layer|unit|row|table|loss|round)(?:e?s)? who\b": "things are not who: that, which",
    r"\bwho is (?:missed|wrong|left)\b": "which is",
    r"\b(?:has|have) (?:it|they|she|he)\?": "does it have",
    r"\b(?:is|are) no gifts?\b": "is not free",
    r"\bnobody is ill\b": "a remedy can hurt a network that did not need it",
    r"\bby dice\b|\bwith new dice\b": "at random",
    r"\bloss(?:es)? turns? up\b": "the loss rises",
    r"\bfor want of\b|\bby want of\b": "for lack of",
    r"\bask(?:s|ed)? apart\b": "ask separately",
    r"\bno longer to be had\b": "there is no room left for",
    r"\b[Mm]end(?:s|ed)? (?:it|them|this)\b": "fix",
    r"\bhangs? together\b": "belongs together, is connected",
    r"\bwants? to be (?:\w+ed)\b": "must be, is",
    r"\bbrings? (?:the )?most\b": "helps most",
    r"\b[Ii]t stands here so that\b": "say what it is for",
    r"\b(?:obviously|trivially|needless to say|of course|it goes without saying)\b": "leave it out",
    r"\b(?:amazing|game.chang|ground.?breaking|blazing|incredibl|state.of.the.art|revolutionary)\w*": "no hype",
    r"\b(?i:(?!that\b|had\b)([a-z]{2,}) \1)\b": "the same word twice",
}


def prose(text: str) -> str:
    """``text`` with its lines, but blanks in place of code, formulas and the names of links."""
    fenced = re.compile(r"^(`{3,})\{code-cell\}.*?^\1|^(`{3,})(?:python|bash|)\n.*?^\2", re.DOTALL | re.MULTILINE)
    spans = re.compile(r"`[^`\n]*`|\$[^$\n]*\$|\]\([^)\n]*\)")
    for code in (fenced, spans):
        text = code.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), text)
    return text


def broken(text: str) -> list[tuple[int, str, str]]:
    """Each break of a rule: its line, the words, and what to write instead."""
    shown = prose(text)
    return sorted(
        (shown[: found.start()].count("\n") + 1, found[0], instead)
        for rule, instead in RULES.items()
        for found in re.finditer(rule, shown)
    )


def main() -> int:
    files = sorted(file for pattern in PAGES for file in Path().glob(pattern))
    found = [(file, *one) for file in files for one in broken(file.read_text(encoding="utf-8"))]
    for file, line, words, instead in found:
        print(f"{file}:{line}: {words!r}: {instead} (book/_ext/house_words.py)", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
