"""The process that reads one picture and writes what is served of it. See :mod:`.pictures`.

Metadata goes: places, cameras, names, comments, and what follows the end of the picture. If the
picture is upright, its other parts are copied as they are (:mod:`.metadata`). If its metadata says
that it must be turned, it is turned, and encoded anew as it was. Colour profiles are kept.
"""

import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .metadata import stripped

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS: Final = 50_000_000
MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 10
FILE_BYTES: Final = 128 << 20
OPEN_FILES: Final = 64
NICENESS: Final = 15
"""Added to that of the server, whose messages go first."""
SMALL: Final = 320
LARGE: Final = 1280
"""The longer side of thumbnails, in pixels."""
FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1


class BadPicture(Exception):
    """The picture cannot be read, or has too many pixels."""


def limit() -> None:
    """Limit this process. Called before anything of the picture is read."""
    os.nice(NICENESS)
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def make(source: Path, directory: Path, media_type: str) -> list[dict[str, Any]]:
    """Write the parts of a picture to a directory, each under its name. Return what they are.

    :raises BadPicture:
    """
    from PIL import Image, ImageFile, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # counted here
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(source, formats=[FORMATS[media_type]]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(f"it has more than {MAX_PIXELS} pixels")
            image.load()
            upright = _write_file(image, source, directory / "file", media_type)
            made = [_part("file", upright, media_type)]
            for part, side in (("small", SMALL), ("large", LARGE)):
                if max(upright.size) > side:
                    small = _write_thumbnail(upright, directory / part, side)
                    made.append(_part(part, small, "image/webp"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture(str(error)) from error
    return made


def _part(part: str, image: "Image", media_type: str) -> dict[str, Any]:
    return {"part": part, "type": media_type, "width": image.width, "height": image.height}


def _write_file(image: "Image", source: Path, target: Path, media_type: str) -> "Image":
    """Write the picture as it is served. Return it upright."""
    from PIL import ImageOps

    turned = image.getexif().get(_ORIENTATION, _UPRIGHT) in range(2, 9)
    if not turned or getattr(image, "is_animated", False):
        target.write_bytes(stripped(source.read_bytes(), media_type))
        return image
    upright = ImageOps.exif_transpose(image)
    options: dict[str, Any] = {"exif": b"", "icc_profile": image.info.get("icc_profile")}
    if media_type == "image/jpeg":
        from PIL import JpegImagePlugin

        options["qtables"] = getattr(image, "quantization", None)
        options["subsampling"] = JpegImagePlugin.get_sampling(image)
    elif media_type == "image/webp":
        options["quality"] = 90
    clean = upright.copy()
    clean.info = {}
    clean.save(target, FORMATS[media_type], **options)
    return upright


def _write_thumbnail(image: "Image", target: Path, side: int) -> "Image":
    transparent = "A" in image.getbands() or "transparency" in image.info
    small = image.convert("RGBA" if transparent else "RGB")
    small.thumbnail((side, side))
    profile = image.info.get("icc_profile") if image.mode.startswith("RGB") else None
    small.info = {}
    small.save(target, "WEBP", quality=80, icc_profile=profile, exif=b"", xmp=b"")
    return small


def main(source: Path, directory: Path, media_type: str) -> None:
    """Make the parts and print what they are as JSON. Exit with 1 if the picture is bad."""
    import orjson

    limit()
    try:
        made = make(source, directory, media_type)
    except (BadPicture, MemoryError) as error:
        sys.stderr.write(f"{error!r}\n")
        sys.exit(1)
    sys.stdout.write(orjson.dumps(made).decode())
