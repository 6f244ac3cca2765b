"""Sphinx's settings; `build.py` gathers the pages and calls Sphinx on them."""

from __future__ import annotations

from pathlib import Path

from mathematics import add_renderer

import hiertools as ht

BUILD = Path(__file__).parents[2] / "build"

project = "hiertools"
copyright = "the hiertools authors"
version = release = ht.__version__

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
]
default_role = "py:obj"  # docstrings name public things in single backticks
exclude_patterns = ["gallery/**.ipynb", "gallery/**.py", "examples/**"]
suppress_warnings = ["config.cache"]  # functions among the settings, of gallery and notebooks

# ---- Markdown and notebooks
myst_enable_extensions = ["dollarmath"]
myst_dmath_double_inline = True
myst_dmath_allow_space = False
myst_dmath_allow_digits = False
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True
nb_merge_streams = True

# ---- docstrings
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False  # a class's page shows them all
numpydoc_xref_param_type = False

# ---- gallery
sphinx_gallery_conf = {
    "examples_dirs": str(BUILD / "docs-gallery"),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_srcset": ["2x"],
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "capture_repr": ("_repr_html_", "__repr__"),
    "ignore_repr_types": r"matplotlib|numpy",
}

# ---- pages
html_theme = "pydata_sphinx_theme"
html_title = "hiertools"
html_static_path = [str(BUILD / "docs-pages" / "_static")]
html_css_files = ["site.css"]
html_copy_source = html_show_sourcelink = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "show_prev_next": True,
    # Notebooks and gallery have none: their tables and figures take the whole width.
    "secondary_sidebar_items": {page: ["page-toc"] for page in ("*", "measures/*", "api/*")},
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app):
    add_renderer(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


html_math_renderer = "mathml"
