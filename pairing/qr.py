"""QR codes: as a drawing for pages and paper, as a picture for a group chat. Pure."""

from io import BytesIO

import segno

QUIET_ZONE = 4  # modules of white around the code that scanners rely on
PIXELS = 12  # of a module in the picture: about 600 px in all


def svg(text: str) -> str:
    """An <svg> to put into a page; black on white in dark mode as well, so that every phone reads it."""
    return _code(text).svg_inline(
        border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, svgclass="qr-code", lineclass=None
    )


def png(text: str) -> bytes:
    buffer = BytesIO()
    _code(text).save(buffer, kind="png", scale=PIXELS, border=QUIET_ZONE)
    return buffer.getvalue()


def _code(text: str) -> segno.QRCode:
    """Level Q: a quarter of it may be dirty or torn; it hangs on walls."""
    return segno.make_qr(text, error="q")
