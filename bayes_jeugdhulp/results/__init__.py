"""A checked fit as tables: expected use, surprise, size, status, ranks, totals; guarded against disclosure.

The names stand in ``__init__.pyi`` and are imported when they are first asked for, so that what is pure arithmetic over
draws (ranks, rank groups, flagged sets, funnel limits) can be used without pymc.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
