"""A link to a figure of its page finds it by how its caption begins, or says why it does not."""

import pytest
from docutils import nodes
from docutils.utils import new_document

from book._ext import figure_links

PICTURE = '<figure class="computed"><svg></svg><figcaption>{}</figcaption></figure><details>As a table</details>'
FRAME = f'<div class="frame"{{}}>{PICTURE}</div>'
SLIDERS = FRAME.format("", "Epoch 1 of ten.") + FRAME.format(" hidden", "Epoch 2 of ten.")


def linked(*begins: str) -> tuple[nodes.document, list[nodes.reference], list[str]]:
    """A page with a slider and two pictures, its links to those whose captions begin so, and all complaints."""
    page = new_document("book/chapter")
    links = [nodes.reference("", "it", begins=one) for one in begins]
    page += nodes.paragraph("", "", *links, nodes.reference("", "elsewhere", refuri="task.html"))
    for text in (PICTURE.format("Six networks, p &lt; 0.1."), PICTURE.format("Six <i>heads</i>."), SLIDERS, "<hr>"):
        page += nodes.raw("", text, format="html", classes=["output"])
    return page, links, [wrong for _, wrong in figure_links.unresolved(page)]


def test_a_link_leads_to_the_one_figure_whose_caption_begins_so():
    page, [link], wrong = linked("Six networks, p <")
    assert not wrong and link["refid"] == "figure-six-networks-p" and link["reftitle"] == "Six networks, p < 0.1."
    assert [raw["ids"] for raw in page.findall(nodes.raw)] == [[link["refid"]], [], [], []]


def test_markup_in_a_caption_does_not_count():
    assert linked("Six heads.")[1][0]["refid"] == "figure-six-heads"


def test_links_to_one_figure_share_its_id():
    _, [first, second], wrong = linked("Six networks", "Six networks, p")
    assert not wrong and first["refid"] == second["refid"]


def test_of_sliders_the_first_frame_is_meant_and_their_box_has_the_id():
    page, [link], wrong = linked("Epoch 1")
    assert not wrong and link["refid"] in list(page.findall(nodes.raw))[2]["ids"]
    assert linked("Epoch 2")[2] == ["no figure's caption begins with 'Epoch 2': write {figure}`words <how it begins>`"]


@pytest.mark.parametrize(("begins", "said"), [("Six", "2 figures have a caption"), ("Ten", "no figure's caption")])
def test_a_wrong_or_ambiguous_beginning_is_named_and_leads_nowhere(begins, said):
    page, [link], [wrong] = linked(begins)
    assert wrong.startswith(f"{said} {'that begins' if begins == 'Six' else 'begins'} with {begins!r}: write ")
    assert "refid" not in link and not any(raw["ids"] for raw in page.findall(nodes.raw))
