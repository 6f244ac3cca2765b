"""A run from its config to the files it leaves."""
