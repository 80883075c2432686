"""Arrays of draws by units, filled by units and read by draws or the other way about: on disk where they are large."""

import tempfile
import weakref
from collections.abc import Iterator
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import DTypeLike, NDArray

LARGEST = 2**28  # bytes of an array that is kept in memory
BLOCK = 4_000_000  # numbers of it at a time


class Scratch(Protocol):
    """What an array and a dataset on disk have in common."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Draws and units."""

    def __getitem__(self, key: Any) -> NDArray:
        """Read rows and columns."""

    def __setitem__(self, key: Any, value: NDArray) -> None:
        """Write rows and columns."""


def scratch(shape: tuple[int, ...], dtype: DTypeLike) -> Scratch:
    """An empty array, in memory or in a temporary file that is gone when nothing uses it any more.

    Parameters
    ----------
    shape : (draw, unit)
    dtype : dtype

    Returns
    -------
    ndarray or h5py.Dataset
        Both take slices of rows and columns.

    Examples
    --------
    >>> room = scratch((2, 3), np.float32)
    >>> room[:, 1:] = 1
    >>> room[1:2, 1:].tolist()
    [[1.0, 1.0]]
    """
    if np.prod(shape, dtype=float) * np.dtype(dtype).itemsize <= LARGEST:
        return np.empty(shape, dtype)
    room = tempfile.TemporaryFile()  # noqa: SIM115  it lives as long as the array
    file = h5py.File(room, "w")
    array: Scratch = file.create_dataset("array", shape, dtype, chunks=tuple(min(length, 500) for length in shape))
    weakref.finalize(array, _close, file, room)
    return array


def _close(*files: Any) -> None:
    for file in files:
        file.close()


def stretches(length: int, other: int) -> Iterator[slice]:
    """Slices of an axis of such a length that make blocks, where the other axis is so long."""
    step = max(1, BLOCK // other)
    for start in range(0, length, step):
        yield slice(start, min(start + step, length))
