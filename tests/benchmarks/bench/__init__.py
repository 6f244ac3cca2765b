"""Time and memory of hiertools beside its peers; `make bench` measures, and writes the page."""
