"""Shared fixtures."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The public figures of others, which are not part of the project (README, "The figures of 2017")."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("BAYES_JEUGDHULP_DATA", default))
    if not folder.is_dir():
        reason = f"{folder} is absent: set BAYES_JEUGDHULP_DATA to a folder with the real figures"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
