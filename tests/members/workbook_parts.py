"""Workbooks for tests, written part by part: what openpyxl cannot write (no r, a prefix, odd names, bytes before PK)."""

import io
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def write_text(text: str) -> str:
    return f"<is><t>{escape(text)}</t></is>"


def make_styles(codes: Sequence[str | int], *, fonts: str = "<font/>", extra: str = "") -> str:
    """Return styles.xml in which style number i has the i-th code; a number is a built-in code."""
    formats = "".join(
        f"<numFmt numFmtId='{200 + place}' formatCode={quoteattr(code)}/>"
        for place, code in enumerate(codes)
        if isinstance(code, str)
    )
    cells = "".join(
        f"<xf numFmtId='{200 + place if isinstance(code, str) else code}' fontId='0' fillId='0'/>"
        for place, code in enumerate(codes)
    )
    return (
        f"<styleSheet xmlns='{MAIN}'><numFmts>{formats}</numFmts><fonts>{fonts}</fonts>"
        f"<fills><fill><patternFill patternType='none'/></fill></fills>"
        f"<cellStyleXfs><xf numFmtId='10'/></cellStyleXfs><cellXfs>{cells}{extra}</cellXfs></styleSheet>"
    )


def make_parts(
    body: str,
    *,
    styles: str | None = None,
    workbook: str = "",
    namespace: str = MAIN,
    shared: str | None = None,
) -> dict[str, bytes]:
    """Return the parts of a workbook whose only worksheet, 名单, has this body."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{LINKS}">{workbook}'
        '<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{LINKS}/styles" '
        f'Target="styles.xml"/><Relationship Id="rId3" Type="{LINKS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": body
        if "worksheet" in body
        else f'<worksheet xmlns="{namespace}">{body}</worksheet>',
    }
    if styles is not None:
        parts["xl/styles.xml"] = styles
    if shared is not None:
        parts["xl/sharedStrings.xml"] = shared
    return {name: text.encode() for name, text in parts.items()}


def pack(
    parts: dict[str, bytes],
    *,
    rename: Callable[[str], str] = lambda name: name,
    change: Callable[[bytes], bytes] = lambda content: content,
    before: bytes = b"",
    behind: bytes = b"",
) -> bytes:
    """Return the parts as a package: names changed by `rename`, contents by `change`, bytes before and behind it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in parts.items():
            info = zipfile.ZipInfo()
            info.filename, info.compress_type = rename(name), zipfile.ZIP_DEFLATED
            package.writestr(info, change(content))
    return before + buffer.getvalue() + behind


def make_workbook(body: str, **options: str) -> bytes:
    return pack(make_parts(body, **options))
