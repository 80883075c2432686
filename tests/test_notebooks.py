"""The notebooks run from top to bottom on one small fit, and what is kept of them is small and told in words."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 200_000  # bytes
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def small_fit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first notebook that needs a fit puts it, for the others."""
    return tmp_path_factory.mktemp("small_fit") / "fit.nc"


@pytest.mark.heavy
@every_notebook
def test_it_runs(path: Path, small_fit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAYES_JEUGDHULP_FIT", str(small_fit))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(path, as_version=4)
    (tmp_path / "data").symlink_to(ROOT / "data")  # beside the notebooks, as in the repository
    (tmp_path / "notebooks").mkdir()
    NotebookClient(notebook, timeout=1200, resources={"metadata": {"path": tmp_path / "notebooks"}}).execute()


@every_notebook
def test_its_outputs_are_those_of_one_clean_run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "error"] == []
    warned = [output.text for output in outputs if output.get("name") == "stderr"]
    assert [text for text in warned if not text.startswith("Sampling: [")] == []  # PyMC, where the fit was made
    assert path.stat().st_size < LARGEST
    assert re.findall(r"/(?:home|root|tmp|work|Users)/\S+", "".join(map(str, outputs))) == []


@every_notebook
def test_every_figure_is_told_in_words(path: Path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        pictures = [output for output in cell.get("outputs", []) if "image/png" in output.get("data", {})]
        assert len(pictures) <= 1, "the site has one text a cell"
        for picture in pictures:
            assert len(picture.metadata.get("image/png", {}).get("alt", "")) > 40


@every_notebook
def test_what_is_simulated_is_called_so_at_the_top(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    if "simulated_netherlands(" in "".join(cell.source for cell in notebook.cells):
        assert re.search(r"simulated|gesimuleerd", notebook.cells[0].source)


def test_they_share_one_fit() -> None:
    makers = {
        re.search(r"^    country = .*\n.*\n.*bj\.fit.*$", cell.source, flags=re.M)[0]
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if "BAYES_JEUGDHULP_FIT" in cell.source
    }
    assert len(makers) == 1
