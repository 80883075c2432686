"""The classical factor analysis of indicators, step by step: pure functions whose results say what is not possible.

The names stand in ``__init__.pyi`` and are imported when they are first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
