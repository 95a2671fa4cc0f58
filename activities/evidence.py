"""Evidence of a supplement: a picture saved anew without its metadata, or a PDF as it came."""

from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError

from pairing.pictures import MAX_BYTES, reencode_as_jpeg

PDF_HEAD, PDF_END = b"%PDF-", b"%%EOF"
# PDF readers look for the end within the last kilobyte, and so does this check.
PDF_TAIL = 1024
ACCEPT = "image/jpeg,image/png,image/webp,application/pdf"
TYPES = {".jpg": "image/jpeg", ".pdf": "application/pdf"}


@dataclass(frozen=True)
class Evidence:
    """A file of evidence; `digest` tells whether the same file was handed in before."""

    content: bytes
    suffix: str

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


def read_evidence(upload) -> Evidence:
    """Return the upload as it will be kept. The content decides its kind, not the name.

    Raises ValidationError in Chinese.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(f"文件超过 {MAX_BYTES // 1024 // 1024} MB，请缩小后再上传。")
    content = upload.read()
    if content.startswith(PDF_HEAD):
        if PDF_END not in content[-PDF_TAIL:]:
            raise ValidationError("这个 PDF 文件不完整，请重新导出或拍照上传。")
        return Evidence(content, ".pdf")
    upload.seek(0)
    return Evidence(reencode_as_jpeg(upload), ".jpg")
