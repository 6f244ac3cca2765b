"""Views of results: text for a terminal, HTML for a notebook. Views never compute."""
