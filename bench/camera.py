"""Photographs as a tablet's camera writes them."""

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image


def photographs(count: int, width: int, height: int) -> Iterator[bytes]:
    """Yield JPEGs: soft shapes under a sensor's noise, each another cut of one scene."""
    chance = np.random.default_rng(20260302)
    coarse = chance.integers(0, 256, (height // 100, width // 100, 3), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    noise = chance.normal(0, 4, (height, width, 1)).astype(np.int16)
    scene = (soft + noise).clip(0, 255).astype(np.uint8)
    for number in range(count):
        out = io.BytesIO()
        Image.fromarray(np.roll(scene, 97 * number, axis=1)).save(out, "JPEG", quality=90)
        yield out.getvalue()
