"""How `make docs` builds these pages: nothing in them loads from another machine."""

from workbench import __version__

project = "Workbench"
release = version = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
exclude_patterns = ["_build"]
myst_heading_anchors = 3

html_theme = "alabaster"
html_theme_options = {"description": "A terminal workbench that lives beside a project"}
html_copy_source = False
html_show_sphinx = False
