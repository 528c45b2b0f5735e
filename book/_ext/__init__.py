"""Makes the book: pages, notebooks and the buttons between them. Everything here runs from the repository root."""
