"""Every uploaded picture is saved as a plain JPEG without metadata such as the place where it was taken."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pairing import pictures
from pairing.pictures import reencode_as_jpeg

ORIENTATION, GPS = 0x0112, 0x8825


def make_file(picture: Image.Image, kind: str, name: str = "photo", **options) -> SimpleUploadedFile:
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return SimpleUploadedFile(name, buffer.getvalue())


def make_photo(width=60, height=40, mode="RGB", colour="red") -> Image.Image:
    return Image.new(mode, (width, height), colour)


def open_picture(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_become_jpeg(kind):
    picture = open_picture(reencode_as_jpeg(make_file(make_photo(), kind)))
    assert (picture.format, picture.size, picture.mode) == ("JPEG", (60, 40), "RGB")


def test_the_place_of_the_photo_is_not_kept():
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (39.0, 54.0, 15.0)
    exif[0x010F] = "SecretCamera"
    upload = make_file(make_photo(), "JPEG", exif=exif, comment=b"taken at home")
    assert open_picture(upload.read()).getexif().get_ifd(GPS)
    upload.seek(0)
    content = reencode_as_jpeg(upload)
    assert not open_picture(content).getexif()
    for trace in (b"Exif", b"SecretCamera", b"taken at home"):
        assert trace not in content


def test_text_in_a_png_and_behind_its_end_is_not_kept():
    info = PngInfo()
    info.add_text("Comment", "a hidden word")
    upload = make_file(make_photo(), "PNG", pnginfo=info)
    upload = SimpleUploadedFile("a.png", upload.read() + b"<script>alert(1)</script>")
    content = reencode_as_jpeg(upload)
    assert b"a hidden word" not in content
    assert b"script" not in content


def test_a_photo_held_sideways_is_turned_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    assert open_picture(reencode_as_jpeg(make_file(make_photo(60, 40), "JPEG", exif=exif))).size == (40, 60)


def test_a_large_photo_is_scaled_down():
    assert open_picture(reencode_as_jpeg(make_file(make_photo(4000, 3000), "JPEG"))).size == (2000, 1500)


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("P", 0), ("I;16", 0), ("1", 0)]
)
def test_every_mode_of_a_png_can_be_read(mode, colour):
    assert (
        open_picture(reencode_as_jpeg(make_file(make_photo(mode=mode, colour=colour), "PNG"))).mode == "RGB"
    )


def test_what_was_transparent_is_paper():
    content = reencode_as_jpeg(make_file(make_photo(mode="RGBA", colour=(0, 0, 0, 0)), "PNG"))
    assert open_picture(content).getpixel((5, 5)) == (255, 255, 255)


def make_whole_file(kind: str) -> bytes:
    return make_file(make_photo(300, 300), kind).read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7 not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
        b"\xff\xd8\xff\xe0 only the beginning of a JPEG",
        make_whole_file("PNG")[:100],
        make_whole_file("JPEG")[:300],
        make_whole_file("GIF"),
        make_whole_file("BMP"),
        make_whole_file("TIFF"),
    ],
    ids=["empty", "pdf", "svg", "no jpeg", "cut png", "cut jpeg", "gif", "bmp", "tiff"],
)
def test_anything_else_is_refused_whatever_it_is_called(content):
    with pytest.raises(ValidationError, match="JPG、PNG 或 WebP"):
        reencode_as_jpeg(SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg"))


def test_a_file_that_is_too_large_is_not_even_opened():
    upload = SimpleUploadedFile("photo.jpg", b"x" * (pictures.MAX_BYTES + 1))
    with pytest.raises(ValidationError, match="10 MB"):
        reencode_as_jpeg(upload)


@pytest.mark.parametrize("size", [(8001, 5000), (10_000, 9000), (20_000, 10_000)])
def test_a_picture_that_unpacks_to_too_much_is_refused(size):
    """A PNG of one colour with 40 million pixels and more has only a few kilobytes."""
    with pytest.raises(ValidationError, match="4000 万像素"):
        reencode_as_jpeg(make_file(make_photo(*size, mode="1", colour=0), "PNG"))
