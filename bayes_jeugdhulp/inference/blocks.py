"""The wijken of a fit a part at a time, for what is done per wijk and draw."""

from collections.abc import Iterator

import xarray as xr

from bayes_jeugdhulp.inference.expected import Draws, read_draws
from bayes_jeugdhulp.model.design import Design

NUMBERS = 2_000_000  # draws times wijken of a part: 16 MB an array, of which some twenty are held at once


def parts(tree: xr.DataTree, design: Design, numbers: int | None = None) -> Iterator[Design]:
    """Divide a design in parts, in the order of its wijken, so that what is done per wijk and draw needs little memory.

    Parameters
    ----------
    tree : xarray.DataTree
        With ``posterior``.
    design : Design
    numbers : int, optional
        Draws times wijken of a part, about; default ``NUMBERS``. Nothing that is found depends on it.

    Yields
    ------
    Design
        Its ``place`` says which wijken it has. The whole where there is a spatial effect: a wijk then hangs on others.
    """
    posterior, wijken = tree["posterior"], len(design.youths)
    step = max(1, (numbers or NUMBERS) // (posterior.sizes["chain"] * posterior.sizes["draw"]))
    if design.graph or step >= wijken:
        yield design
        return
    for start in range(0, wijken, step):
        yield design.part(slice(start, min(start + step, wijken)))


def blocks(tree: xr.DataTree, design: Design, numbers: int | None = None) -> Iterator[tuple[Design, Draws]]:
    """As :func:`parts`, each with its draws."""
    for part in parts(tree, design, numbers):
        yield part, read_draws(tree, part)
