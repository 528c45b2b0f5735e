"""What the lab page starts from: networks of the chapters, and of the five reports."""

from lib.course import networks, reports
from lib.heads import Probability, Score
from lib.recipes import Recipe

LADDER = (  # from a plain network up: what is drawn in the lab is read by each of them
    "A first network, fully connected",
    "A first network, convolutional",
    "Siamese, unshared",
    "Siamese, shared",
    "Siamese, digit losses",
    "≤ built in, digit losses",
)


def presets() -> dict[str, Recipe]:
    """Recipes by name; all can be trained in a page."""
    chapters = {
        "A first network, fully connected": networks.dense_pair(),
        "A first network, convolutional": networks.conv_pair(),
        "Siamese, unshared": networks.siamese("unshared"),
        "Siamese, shared": networks.siamese(),
        "Siamese, digit losses": networks.siamese(auxiliary=1),
        "Siamese, fully connected, digit losses": networks.dense_siamese(auxiliary=1),
        "≤ built in, digit losses": networks.with_head(Probability(), auxiliary=1),
        "≤ built in, comparison labels alone": networks.with_head(Probability()),
        "Score, comparison labels alone": networks.with_head(Score()),
        "24 hidden layers": networks.deep(24),
        "24 hidden layers, skips": networks.deep(24, skip=True),
        "24 hidden layers, batch norm": networks.deep(24, norm=True),
    }
    named = {
        ("A", "pair, rate .25"),
        ("B", "siamese aux"),
        ("C", "ConvNet final"),
        ("D", "shared aux"),
        ("E", "ConvSoftMax"),
    }
    of_reports = {
        f"Report {row.report}: {row.name}": row.clean for row in reports.systems() if (row.report, row.name) in named
    }
    return chapters | of_reports
