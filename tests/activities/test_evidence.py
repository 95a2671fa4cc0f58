"""Evidence is kept as a picture without its metadata, or as a whole PDF."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from activities.evidence import read_evidence
from pairing.pictures import MAX_BYTES
from tests.activities.ledger import make_picture_upload


def upload(content: bytes, name: str = "证明.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_picture_is_written_anew():
    found = read_evidence(make_picture_upload())
    assert found.suffix == ".jpg"
    assert Image.open(BytesIO(found.content)).format == "JPEG"


def test_a_pdf_stays_as_it_is():
    content = b"%PDF-1.4\n1 0 obj\nendobj\ntrailer\n%%EOF\n"
    found = read_evidence(upload(content))
    assert (found.suffix, found.content) == (".pdf", content)


def test_the_same_file_has_the_same_digest_whatever_it_is_called():
    content = b"%PDF-1.4 %%EOF"
    assert read_evidence(upload(content)).digest == read_evidence(upload(content, "b.pdf")).digest
    assert read_evidence(upload(content)).digest != read_evidence(upload(b"%PDF-1.5 %%EOF")).digest


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4 cut off", "不完整"),
        (b"<html><script>alert(1)</script>", "不是可以识别的图片"),
        (b"MZ\x90\x00", "不是可以识别的图片"),
        (b"", "不是可以识别的图片"),
    ],
)
def test_other_files_are_refused_whatever_their_name_says(content, said):
    with pytest.raises(ValidationError, match=said):
        read_evidence(upload(content, "证明.jpg"))


def test_a_file_above_the_limit_is_refused_unread():
    big = upload(b"%PDF-")
    big.size = MAX_BYTES + 1
    with pytest.raises(ValidationError, match="10 MB"):
        read_evidence(big)
