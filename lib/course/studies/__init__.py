"""The recorded experiments, a file for each chapter. Each study registers itself: see lib.course.recorded."""

import importlib
import pkgutil

from lib.course.recorded import STUDIES

__all__ = ["STUDIES"]

for module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{module.name}")
