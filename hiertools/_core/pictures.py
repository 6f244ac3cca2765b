"""Images of any depth as eight bits a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["RangelessError", "bits_of", "planes_of"]

_WHITE = 65535
"""Where pixels have 16 bits."""


class RangelessError(ValueError):
    """An image holds floats or numbers of 32 bits, so it has no eight bits."""

    def __init__(self) -> None:
        super().__init__("its pixels are floats or have 32 bits, so nothing tells what is white")


def bits_of(image: Image) -> int:
    """Return how many bits a plane of an image has: 8, 16, or 32, of which nothing tells white."""
    # Older Pillow reads PNG of 16 bits as if it had more, which PNG never has.
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        return 16
    return 32 if image.mode in ("I", "F") else 8


def planes_of(image: Image, mode: str) -> Image:
    """Return an image in ``mode``, "L" or "RGB", with eight bits a plane.

    Pillow alone takes all that is above 255 for white. Of 16 bits, white is 65,535 here, whatever
    the camera's own was.

    Raises
    ------
    RangelessError
        The image holds floats or numbers of 32 bits.

    Examples
    --------
    >>> import numpy as np
    >>> from PIL import Image
    >>> deep = Image.fromarray(np.array([[0, 256, 32768, 65535]], dtype=np.uint16))
    >>> np.asarray(planes_of(deep, "L")).tolist()
    [[0, 1, 128, 255]]
    """
    bits = bits_of(image)
    if bits == 32:
        raise RangelessError
    if bits == 16:
        image = _eight_bits(image)
    elif image.mode == "P" and "transparency" in image.info:  # by itself Pillow warns of this way
        image = image.convert("RGBA")
    return image.convert(mode)


def _eight_bits(image: Image) -> Image:
    import numpy as np
    from PIL import Image as images

    values: Any = np.asarray(image)
    scaled = (values.astype(np.uint32) * 255 + _WHITE // 2) // _WHITE
    return images.fromarray(scaled.astype(np.uint8))
