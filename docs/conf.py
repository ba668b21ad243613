"""How the documentation is built: `sphinx-build -W -n -q docs docs/_build`."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

project = "callguard"
author = "The callguard authors"
copyright = "The callguard authors"
release = version = version_of("callguard-outbound")
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "callguard"

autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
autodoc_typehints = "signature"
add_module_names = False
python_use_unqualified_type_names = True

# The standard library's and the dependencies' names have no inventory here; callguard's own must be found.
nitpick_ignore_regex = [(r"py:.*", r"(?!callguard).*")]
