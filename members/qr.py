"""QR codes, as SVG for pages and paper and as PNG for a group chat or a document. Pure."""

from io import BytesIO

import segno

QUIET_ZONE = 4  # width of the white border in modules, which scanners need
PIXELS = 12  # size of a module in the PNG, about 600 px in all


def draw_svg(text: str) -> str:
    """Return an <svg> for a page; black on white also in dark mode, so that every phone can read it."""
    return _make_qr_code(text).svg_inline(
        border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", lineclass=None
    )


def draw_png(text: str, *, pixels: int = PIXELS) -> bytes:
    """Return the code as a PNG; `pixels`: the size of a module."""
    buffer = BytesIO()
    _make_qr_code(text).save(buffer, kind="png", scale=pixels, border=QUIET_ZONE)
    return buffer.getvalue()


def _make_qr_code(text: str) -> segno.QRCode:
    """Return the code with error correction level Q: a quarter of it may be dirty or torn on a wall."""
    return segno.make_qr(text, error="q")
