"""``python -m hiertools_torch``, which ``torchrun -m`` and ``fabric run`` can start."""

from __future__ import annotations

from hiertools.cli.ending import ended

__all__ = ["main"]


def main() -> None:
    """Run the command line, imported inside, so that Ctrl-C ends that in a line, too."""

    def command() -> None:
        from hiertools_torch.cli import main as started

        started()

    raise SystemExit(ended("hiertools_torch", command))


if __name__ == "__main__":
    main()
