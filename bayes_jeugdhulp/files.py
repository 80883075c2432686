"""Output that is whole or absent: written beside its place, then moved into it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from bayes_jeugdhulp.errors import JeugdhulpError


def check_writable(path: str | os.PathLike[str], *, directory: bool = False) -> Path:
    """Say now whether output could be written here, before anything costly.

    Parameters
    ----------
    path : path
        Where the output will stand. Its folder must exist; it may itself exist and is then replaced.
    directory : bool, default False
        Whether the output is a folder.

    Returns
    -------
    Path

    Raises
    ------
    JeugdhulpError
        If the folder is absent or may not be written in, or if a file stands where a folder must come or the reverse.
    """
    path = Path(path)
    parent = path.absolute().parent
    if not parent.is_dir():
        raise JeugdhulpError(f"{path}: the folder {parent} does not exist; make it first or name another")
    if path.exists() and path.is_dir() != directory:
        there, wanted = ("a folder", "a file") if path.is_dir() else ("a file", "a folder")
        raise JeugdhulpError(f"{path}: {there} stands where {wanted} must come; give another name")
    if not os.access(path if path.is_dir() else parent, os.W_OK | os.X_OK):
        raise JeugdhulpError(f"{path}: you may not write here; name another folder")
    return path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file beside its target and move it into place only when it is whole.

    Parameters
    ----------
    path : path
        The target. What stood there stays as it was until the block ends without an error.

    Yields
    ------
    Path
        Where to write: a name of its own in the same folder, with the same suffix.

    Raises
    ------
    JeugdhulpError
        As :func:`check_writable`, before the block runs.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "a.csv")) as temporary:
    ...         _ = temporary.write_text("wijkcode")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.csv']
    """
    path = check_writable(path)
    temporary = path.with_name(f".{path.stem}-{token_hex(4)}{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def filling(directory: str | os.PathLike[str]) -> Iterator[Path]:
    """Write several files apart and move them into their folder only when all are whole.

    Parameters
    ----------
    directory : path
        The target folder, made when absent. Files of the same names are replaced, other files stay.

    Yields
    ------
    Path
        An empty folder to write in, removed afterwards.

    Raises
    ------
    JeugdhulpError
        As :func:`check_writable`, before the block runs.
    """
    directory = check_writable(directory, directory=True).resolve()
    made = not directory.exists()
    temporary = directory / f".writing-{token_hex(4)}"  # inside it: a folder may be a file system of its own
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for source in sorted(temporary.rglob("*")):
            target = directory / source.relative_to(temporary)
            if source.is_dir():
                target.mkdir(exist_ok=True)
            else:
                source.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if made and not any(directory.iterdir()):
            directory.rmdir()
