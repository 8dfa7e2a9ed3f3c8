"""Sphinx's settings for the site. `make site` runs it over build/site-source, which site/generate.py writes."""

import os

project = "libsock"
author = "the libsock authors"
copyright = author
release = version = os.environ["SOCK_VERSION"]

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
# These are parts of other pages.
exclude_patterns = ["README.md"]
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
# The domain's default would print sock_close(): names here are those of the header.
add_function_parentheses = False
maximum_signature_line_length = 96
highlight_language = "none"
# A type of the system's (FILE, size_t) has no page here.
nitpicky = False

html_theme = "furo"
html_title = f"libsock {version}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# Beside the sources, which is not where this file is.
html_static_path = [os.path.join(os.environ["SOCK_SITE_SOURCE"], "_static")]
html_css_files = ["libsock.css"]
html_theme_options = {"navigation_with_keys": True}
