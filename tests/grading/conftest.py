"""What tests of grading share: an assignment that is made, and the two ways in which submissions run."""

from pathlib import Path

import pytest

from grading import assign, sandbox

TINY = Path(__file__).parent / "assignments" / "tiny.md"


@pytest.fixture(scope="session")
def made(tmp_path_factory, cache) -> Path:
    """The folder of the tiny assignment, made."""
    folder = tmp_path_factory.mktemp("tiny")
    assign.make(TINY, folder)
    return folder


@pytest.fixture(params=["sandbox", "folder"])
def way(request, monkeypatch) -> str:
    """Where submissions run: in a sandbox where there can be one, and as they do where there is none."""
    if request.param == "folder":
        monkeypatch.setattr(sandbox, "problem", lambda: "no sandbox for this test")
    elif sandbox.problem():
        pytest.skip(sandbox.problem())
    return request.param
