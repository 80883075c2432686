"""The site: the pages of the repository as they are, docstrings as reference, no network. ``make docs`` builds it."""

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import bayes_jeugdhulp

project = "bayes_jeugdhulp"
author = copyright = "The bayes_jeugdhulp developers"
version = release = bayes_jeugdhulp.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# the source is the whole repository, so that a link between pages works here and on a forge alike
include_patterns = ["*.md", "docs/*", "*/README.md", "notebooks/*.ipynb"]
exclude_patterns = [".*", "docs/navigation.md"]
root_doc = "docs/README"
html_extra_path = ["site_root"]

html_theme = "furo"
html_math_renderer = "mathml"
html_title = "bayes_jeugdhulp"
html_copy_source = False
html_domain_indices = False
html_show_sphinx = False

myst_heading_anchors = 4
nb_execution_mode = "off"  # notebooks are kept with their outputs; tests run them

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say more
napoleon_use_ivar = True


def add_navigation(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the tree of pages below the index, which on a forge has a table only."""
    if docname == root_doc:
        source[0] += Path(__file__).with_name("navigation.md").read_text(encoding="utf-8")


def carry_alt_texts(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the text of a notebook's picture where myst-nb looks for it: with the cell, not with the output."""
    if not docname.startswith("notebooks/"):
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if alt := output.get("metadata", {}).get("image/png", {}).get("alt"):
                cell["metadata"]["mystnb"] = {"image": {"alt": alt}}
    source[0] = json.dumps(notebook)


def write_math(translator: Any, node: nodes.Node) -> None:
    """Write a formula as MathML, which browsers draw without a script."""
    translator.body.append(tex2mathml(node.astext(), as_block=isinstance(node, nodes.math_block)))
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register with Sphinx."""
    app.connect("source-read", add_navigation)
    app.connect("source-read", carry_alt_texts)
    app.add_html_math_renderer("mathml", (write_math, None), (write_math, None))
