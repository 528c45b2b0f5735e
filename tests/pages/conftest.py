"""The built book, served."""

from collections.abc import Iterator

import pytest
from packed import serve


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serve("_build/html") as address:
        yield address
