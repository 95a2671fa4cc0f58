"""Make uploaded photos and scans harmless.

They are decoded, turned upright, scaled down and written as a new JPEG. Nothing else of the uploaded file
remains: no EXIF with the place of the photo, no comment, no data after the end.
"""

from io import BytesIO

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_EDGE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
NOT_A_PICTURE = "这个文件不是可以识别的图片，请上传 JPG、PNG 或 WebP 格式的照片或扫描件。"
TOO_LARGE = f"图片超过 {MAX_PIXELS // 1_000_000}00 万像素，请缩小后再上传。"


def reencode_as_jpeg(upload) -> bytes:
    """Return the upload (a file with `.size`) as JPEG of at most MAX_EDGE pixels per side.

    The content decides the kind of the file; its name and declared type are ignored. Raises ValidationError
    in Chinese.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请缩小后再上传。")
    try:
        with Image.open(upload, formats=FORMATS) as picture:
            return _rewrite_picture(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValidationError(TOO_LARGE) from error
    # Pillow raises any of these for broken files; a truncated file must not count as a picture.
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, OverflowError) as error:
        raise ValidationError(NOT_A_PICTURE) from error


def _rewrite_picture(picture: Image.Image) -> bytes:
    width, height = picture.size
    if width * height > MAX_PIXELS:  # the header tells the size before anything is decoded
        raise ValidationError(TOO_LARGE)
    picture.draft("RGB", (MAX_EDGE, MAX_EDGE))
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((MAX_EDGE, MAX_EDGE))
    if upright.mode.startswith(("I", "F")):
        upright = upright.convert("L")
    colours = upright.convert("RGBA")
    # A new picture has no metadata of the old one; transparent parts become white.
    clean = Image.new("RGB", colours.size, "white")
    clean.paste(colours, mask=colours.getchannel("A"))
    out = BytesIO()
    clean.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
