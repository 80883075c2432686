"""Bayesian multilevel modelling of youth care (jeugdhulp) use per wijk in the Netherlands.

The public names are listed in ``__init__.pyi``; each is imported when it is first asked for, because pymc alone takes
seconds to import.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
