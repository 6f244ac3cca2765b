"""How results look: text for a terminal, HTML for a notebook, pages. Views never compute."""
