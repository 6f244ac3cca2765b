"""`hiertools cite`."""

from __future__ import annotations

import json as json_module

from hiertools.cli import options
from hiertools.cli.output import say

PAPER = """\
@article{kim2023inspecting,
  title   = {Inspecting class hierarchies in classification-based metric learning models},
  author  = {Kim, Hyeongji and Parviainen, Pekka and Berge, Terje and Malde, Ketil},
  year    = {2023},
  journal = {arXiv preprint},
  eprint  = {2301.11065},
  doi     = {10.48550/arXiv.2301.11065},
  url     = {https://arxiv.org/abs/2301.11065},
}"""

SOFTWARE = """\
@software{hiertools,
  title   = {hiertools},
  author  = {{The hiertools authors}},
  version = {VERSION},
  license = {MIT},
}"""


def cite(*, json: options.Json = False) -> None:
    """Print how to cite hiertools, as BibTeX: the paper whose measures it implements, and itself.

    Each measure has a source of its own: its page in the documentation names it.

    ```
    hiertools cite >> paper.bib
    ```
    """
    from hiertools import __version__

    software = SOFTWARE.replace("VERSION", __version__)
    if json:
        say(json_module.dumps({"paper": PAPER, "software": software}))
    else:
        say(f"{PAPER}\n\n{software}")
