"""The documentation builds into a site without a broken link, and the site asks nothing of a network."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data"}


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """As ``make docs`` does."""
    strict = ["--fail-on-warning", "--keep-going", "--quiet"]
    command = [
        sys.executable,
        "-m",
        "sphinx",
        *strict,
        "-c",
        ROOT / "docs",
        "-d",
        out / "doctrees",
        source,
        out / "site",
    ]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    done = build(ROOT, out)
    assert done.returncode == 0, done.stderr
    return out / "site"


class Page(HTMLParser):
    """What a page loads from elsewhere, and its pictures without a text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.silent: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get(LOADED.get(tag, "")) or ""
        if tag == "img" and len(dict(attrs).get("alt") or "") < 5:
            self.silent.append(target)
        if "//" in target.split("#")[0] and not target.startswith("data:"):
            self.outside.append(f"{tag} {target}")


def test_no_page_loads_anything_from_elsewhere_or_leaves_a_picture_without_words(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    for path in pages:
        page = Page(path)
        assert (page.outside, page.silent) == ([], []), path.name
    styles = [path for path in site.rglob("*.css") if "url(http" in (text := path.read_text()) or "@import" in text]
    assert styles == []


def test_every_page_and_notebook_of_the_repository_is_in_it(site: Path) -> None:
    sources = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
    pages = [site / path.relative_to(ROOT).with_suffix(".html") for path in sources if path.name != "navigation.md"]
    assert [page for page in pages if not page.is_file()] == []


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    import bayes_jeugdhulp
    from bayes_jeugdhulp import factors, inference, model, results

    text = (site / "docs" / "api.html").read_text(encoding="utf-8")
    described = {name for name in bayes_jeugdhulp.__all__ if f'id="bayes_jeugdhulp.{name}"' in text}
    assert set(bayes_jeugdhulp.__all__) - described <= {"errors", "__version__"}
    for package in (factors, inference, model, results):
        own = set(package.__all__) - described
        assert {name for name in own if f'id="{package.__name__}.{name}"' not in text} == set()


def test_a_broken_link_a_broken_anchor_and_a_page_outside_the_navigation_are_errors(tmp_path: Path) -> None:
    docs = tmp_path / "source" / "docs"
    docs.mkdir(parents=True)
    (docs / "README.md").write_text("# Index\n\n[gone](gone.md) and [no such heading](#nowhere)\n")
    (docs / "lost.md").write_text("# Lost\n")
    done = build(tmp_path / "source", tmp_path)
    assert done.returncode != 0
    for complaint in ("gone.md", "nowhere", "lost.md: WARNING: document isn't included in any toctree"):
        assert complaint in done.stderr
