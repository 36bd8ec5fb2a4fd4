"""The process that reads one picture and writes what is served of it. See :mod:`.pictures`.

Metadata goes: places, cameras, names, comments, and what follows the end of the picture. If the
picture is upright, its other parts are copied as they are (:mod:`.metadata`). If its metadata says
that it must be turned, it is turned, and encoded anew as it was. Colour profiles are kept.

Nothing is decoded for the copy without metadata. So it is made first, and served as data if the
picture cannot be decoded. A JPEG that is not decoded is not turned, and keeps its orientation.
"""

import errno
import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .metadata import ORIENTATION, stripped, with_orientation
from .sniffing import DATA

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
_UPRIGHT: Final = 1
PLAIN: Final = "plain"
"""The name of the copy without metadata."""
UNREADABLE: Final = 3
"""The exit status if there is no copy without metadata."""


class BadPicture(Exception):
    """The picture cannot be decoded, or has too many pixels."""


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


def strip(source: Path, directory: Path, media_type: str) -> list[dict[str, Any]]:
    """Write a copy without metadata to a directory. Return what is served if the picture cannot be
    decoded.

    :raises ValueError: the picture is not well-formed.
    """
    plain = stripped(source.read_bytes(), media_type)
    turned = _orientation(source) if media_type == "image/jpeg" else _UPRIGHT
    (directory / PLAIN).write_bytes(
        plain if turned == _UPRIGHT else with_orientation(plain, turned)
    )
    return [{"part": "file", "name": PLAIN, "type": DATA, "width": None, "height": None}]


def _orientation(source: Path) -> int:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(source, formats=["JPEG"]) as image:
            turned = image.getexif().get(ORIENTATION, _UPRIGHT)
    except Exception:  # whatever is wrong with the Exif
        return _UPRIGHT
    return turned if turned in range(2, 9) else _UPRIGHT


def make(source: Path, directory: Path, media_type: str) -> list[dict[str, Any]]:
    """Write the parts of a picture to a directory in which :func:`strip` has written. Return what
    they are.

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
            shown = _upright(image, directory / "file", media_type) or image
            name = PLAIN if shown is image else "file"
            made = [_part("file", name, shown, media_type)]
            for part, side in (("small", SMALL), ("large", LARGE)):
                if max(shown.size) > side:
                    small = _write_thumbnail(shown, directory / part, side)
                    made.append(_part(part, part, small, "image/webp"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture(str(error)) from error
    return made


def _part(part: str, name: str, image: "Image", media_type: str) -> dict[str, Any]:
    size = {"width": image.width, "height": image.height}
    return {"part": part, "name": name, "type": media_type, **size}


def _upright(image: "Image", target: Path, media_type: str) -> "Image | None":
    """Write the picture upright, and return it; None if it is upright already."""
    from PIL import ImageOps

    turned = image.getexif().get(ORIENTATION, _UPRIGHT) in range(2, 9)
    if not turned or getattr(image, "is_animated", False):
        return None
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
    """Print lines of JSON: what is served if the picture cannot be decoded, then what else if it
    can. Exit with :data:`UNREADABLE` if there is nothing to serve, with 1 if something failed."""
    limit()
    for step in (strip, make):
        try:
            _tell(step(source, directory, media_type))
        except (BadPicture, ValueError, MemoryError, OSError) as error:
            sys.stderr.write(f"{error!r}\n")
            sys.exit(UNREADABLE if step is strip and _lasting(error) else 1)


def _lasting(error: Exception) -> bool:
    return not isinstance(error, OSError) or error.errno == errno.EFBIG


def _tell(made: list[dict[str, Any]]) -> None:
    import orjson

    sys.stdout.write(f"{orjson.dumps(made).decode()}\n")
    sys.stdout.flush()
