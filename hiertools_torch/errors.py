"""Errors that only training can raise."""

from hiertools.errors import HiertoolsError

__all__ = ["TrainingError"]


class TrainingError(HiertoolsError):
    """Training can't go on: the loss is no number, the disk is full, ..."""
