"""The engine that training runs on: devices, processes and precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lightning_fabric import Fabric

from hiertools._core.broken import first_line
from hiertools._core.quiet import no_warnings
from hiertools.errors import OptionError

if TYPE_CHECKING:
    from hiertools_torch.config import Config

__all__ = ["start_engine"]


def start_engine(config: Config) -> Fabric:
    """Start the engine; with several devices this starts the other processes, too."""
    strategy = "ddp" if config.devices > 1 else "auto"
    try:
        with no_warnings():  # of a GPU that is there and not asked for: the user's choice
            fabric = Fabric(
                accelerator=config.accelerator,
                devices=config.devices,
                strategy=strategy,
                precision=config.precision,
            )
            fabric.launch()
    except (ImportError, RuntimeError, ValueError) as cause:
        raise OptionError(
            f"accelerator={config.accelerator!r}, devices={config.devices}, precision="
            f"{config.precision!r} can't be used here: {first_line(cause)}"
        ) from None
    if config.precision == "16-mixed" and fabric.device.type == "cpu":
        raise OptionError(
            "precision='16-mixed' needs a GPU, and none was found: accelerator="
            f"{config.accelerator!r} means the CPU here. Use precision='bf16-mixed'."
        )
    return fabric
