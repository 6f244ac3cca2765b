"""The scripts here hold no examples, and need torch and each other to be imported."""

collect_ignore_glob = ["*.py"]
