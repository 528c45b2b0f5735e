"""The small library behind *Which Digit Is Bigger?*: data → models → training → experiment → compare → figures.

Read it in this order: data, layers, heads, models, recipes, training, rounds, experiment, compare. (values says what
every part of a recipe is.) Beside this path lie figures; extras, which a chapter opens when it needs them; store, where
finished rounds are kept; page, what stands in the book's pages; checks of exercises; course, its content.
"""

PROJECT = "which-digit-is-bigger"  # by this line a notebook's first cell tells this lib from any other
