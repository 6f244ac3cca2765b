"""``python -m hiertools`` is the command line."""

from hiertools.cli import main

if __name__ == "__main__":
    main()
