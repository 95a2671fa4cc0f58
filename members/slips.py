"""Slips of activation on A4: which slips belong together, and the .docx with cut lines.

A branch begins a new page, so that its secretary gets whole sheets. The XML of a slip is written directly: python-docx
looks at all earlier pictures for each new one, which takes minutes for a school.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from docx import Document
from docx.document import Document as DocumentType
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.image import ImagePart
from docx.shared import Cm, Pt

from members.qr import draw_png
from members.sheets.xml_text import strip_forbidden

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TITLE = "账号激活纸条"
COLUMNS = 2
PIXELS = 3  # a module of the QR code in the file; printed it is 0.8 mm
TWIPS, EMU = 567, 360_000  # one centimetre
TEXT_WIDTH, QR_WIDTH, HEIGHT, QR = 5.9, 3.3, 6.6, 3.0  # centimetres; four rows fill a page
STEPS = (
    "手机扫码；或打开 {page}，填学号和激活码。",
    "设置只有自己知道的密码。",
    "以后用学号（工号）和密码登录。",
)


@dataclass(frozen=True)
class Slip:
    """The content of one slip. `place`: college and branch, or the office; `address`: for the QR code.

    `group`: the heading under which the slip is printed, unless it is the place.
    """

    name: str
    number: str
    place: str
    code: str
    address: str
    expires_at: datetime
    group: str = ""

    @property
    def term(self) -> str:
        day = self.expires_at
        return f"{day.year}年{day.month}月{day.day}日 {day:%H:%M}前有效，只能用一次，请勿转交他人。"


def group_slips(slips: Iterable[Slip]) -> list[tuple[str, list[Slip]]]:
    """Return the slips by heading, in their order."""
    return [
        (place, list(group)) for place, group in groupby(slips, key=lambda slip: slip.group or slip.place)
    ]


def list_steps(page: str) -> list[str]:
    """Return what the person does, in three lines; `page` is the address for typing, as it is printed."""
    return [step.format(page=page) for step in STEPS]


def build_slips_docx(slips: Sequence[Slip], *, school: str, page: str) -> bytes:
    """Return one document with all slips; each place begins a page. `page`: the printed address for typing."""
    document = _make_document(school)
    pictures = _Pictures(document)
    body, steps = document.element.body, list_steps(page)
    for place, group in group_slips(slips):
        written = parse_xml(_write_group(place, group, steps, pictures))
        for element in list(written):  # a list, because the loop moves them
            body.insert(len(body) - 1, element)  # before the properties of the section
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _make_document(school: str) -> DocumentType:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.3)
    section.top_margin = section.bottom_margin = Cm(1)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(9)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    normal.paragraph_format.space_after = Pt(0)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    document.core_properties.author, document.core_properties.title = strip_forbidden(school), TITLE
    document.core_properties.language = "zh-CN"
    return document


class _Pictures:
    """The QR codes of a document, each a part of the file with a relation of its own."""

    def __init__(self, document: DocumentType):
        self.part, self.count = document.part, 0

    def add_code(self, address: str) -> tuple[int, str]:
        """Add the QR code of an address; return its number and the key of its relation."""
        self.count += 1
        name = PackURI(f"/word/media/slip{self.count}.png")
        picture = ImagePart(name, CONTENT_TYPE.PNG, draw_png(address, pixels=PIXELS))
        key = f"rIdSlip{self.count}"
        self.part.rels.add_relationship(RELATIONSHIP_TYPE.IMAGE, picture, key)
        return self.count, key


def _write_group(place: str, slips: Sequence[Slip], steps: Sequence[str], pictures: _Pictures) -> str:
    """Return the XML of one place: a heading, on a new page after the first, and the table of its slips."""
    break_before = "<w:pageBreakBefore/>" if pictures.count else ""
    heading = _write_run(f"{place}　{len(slips)} 张　沿虚线剪开，逐人发放，不要拍照发群", size=9)
    rows = [slips[start : start + COLUMNS] for start in range(0, len(slips), COLUMNS)]
    widths = (TEXT_WIDTH, QR_WIDTH) * COLUMNS
    columns = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in widths)
    return (
        f"<w:body {nsdecls('w', 'r', 'wp', 'a', 'pic')}>"
        f"<w:p><w:pPr><w:keepNext/>{break_before}</w:pPr>{heading}</w:p>"
        f'<w:tbl><w:tblPr><w:tblW w:w="{_twips(sum(widths))}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
        f"{''.join(_write_row(row, steps, pictures) for row in rows)}</w:tbl></w:body>"
    )


def _write_row(slips: Sequence[Slip], steps: Sequence[str], pictures: _Pictures) -> str:
    cells = [_write_slip(slip, steps, pictures) for slip in slips]
    empty = _write_cell(TEXT_WIDTH, ("top", "left", "bottom"), "<w:p/>")
    cells += [empty + _write_cell(QR_WIDTH, ("top", "bottom", "right"), "<w:p/>")] * (COLUMNS - len(slips))
    height = f'<w:cantSplit/><w:trHeight w:val="{_twips(HEIGHT)}" w:hRule="exact"/>'
    return f"<w:tr><w:trPr>{height}</w:trPr>{''.join(cells)}</w:tr>"


def _write_slip(slip: Slip, steps: Sequence[str], pictures: _Pictures) -> str:
    """Return the two cells of one slip: the text, and its QR code."""
    lines = [
        (_write_run(slip.name, size=14, bold=True), 0),
        (_write_run(slip.number, size=11), 0),
        (_write_run(slip.place, size=8), 0),
        (_write_run(slip.code, size=16, bold=True, font="Consolas"), 80),
        *(
            (_write_run(f"{place}. {step}", size=8), 0 if place > 1 else 80)
            for place, step in enumerate(steps, 1)
        ),
        (_write_run(slip.term, size=8), 80),
    ]
    text = "".join(
        f'<w:p><w:pPr><w:spacing w:before="{before}"/></w:pPr>{content}</w:p>' for content, before in lines
    )
    number, key = pictures.add_code(slip.address)
    picture = f"<w:p>{_write_picture(number, key, f'{slip.name}的激活二维码')}</w:p>"
    return _write_cell(TEXT_WIDTH, ("top", "left", "bottom"), text) + _write_cell(
        QR_WIDTH, ("top", "bottom", "right"), picture
    )


def _write_cell(width: float, cut: Sequence[str], content: str) -> str:
    """Return a cell with dashed cut lines on these sides, given in the order of the format: top, left, bottom, right."""
    border = '<w:{} w:val="dashed" w:sz="4" w:space="0" w:color="808080"/>'
    borders = "".join(border.format(side) for side in cut)
    margin = '<w:top w:w="120" w:type="dxa"/><w:left w:w="170" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{_twips(width)}" w:type="dxa"/><w:tcBorders>{borders}</w:tcBorders>'
        f"<w:tcMar>{margin}</w:tcMar></w:tcPr>{content}</w:tc>"
    )


def _write_run(text: str, *, size: int, bold: bool = False, font: str = "") -> str:
    """Return a run of text; `size` in points."""
    fonts = f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:cs="{font}"/>' if font else ""
    style = f'{fonts}{"<w:b/>" if bold else ""}<w:sz w:val="{size * 2}"/>'
    return f'<w:r><w:rPr>{style}</w:rPr><w:t xml:space="preserve">{escape(strip_forbidden(text))}</w:t></w:r>'


def _write_picture(number: int, key: str, described: str) -> str:
    """Return a run with a picture; `described` is read out to people who do not see it."""
    side = int(QR * EMU)
    graphic = "http://schemas.openxmlformats.org/drawingml/2006/picture"
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{side}" cy="{side}"/>'
        f'<wp:docPr id="{number}" name="QR {number}" descr={quoteattr(strip_forbidden(described))}/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{graphic}"><pic:pic><pic:nvPicPr><pic:cNvPr id="{number}" name="QR {number}"/>'
        f'<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="{key}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )


def _twips(centimetres: float) -> int:
    return round(centimetres * TWIPS)
