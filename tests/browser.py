"""The browser of the tests: Debian's Chromium, without what it would ask of the network."""

import shutil

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run"]
NO_CHROMIUM = "no chromium: on Debian, apt install chromium"
