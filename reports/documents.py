"""Papers as .docx: the report for the 支部大会 with the paragraph for the 《入团志愿书》, and the sheet of a 换届.

The fonts are those of a Chinese Word; where they are missing, Word takes similar ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.table import Table, _Cell

from members.calendar import duration_text
from members.models.years import Source
from members.sheets.xml_text import strip_forbidden
from reports.queries.handover import Handover
from reports.rules.admission import Report
from reports.rules.bulletins import full_day_text

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BODY, HEADING = "宋体", "黑体"
HANDOVER_TITLE = "工作交接清单"
TITLE = "支部大会讨论接收新团员志愿服务情况报告单"
SOURCES = dict(Source.choices)
WIDTHS = (Cm(2.8), Cm(7.9), Cm(3.0), Cm(3.3))


@dataclass(frozen=True)
class SlipPage:
    """The content of one person's paper.

    `facts`: rows of (label, value, label, value); `vote`: "" before the meeting.
    """

    school: str
    facts: Sequence[tuple[str, str, str, str]]
    report: Report
    vote: str
    made_on: date


def build_slips_docx(pages: Sequence[SlipPage]) -> bytes:
    """Return one document, each person on a new page."""
    document = _make_document(pages[0].school, TITLE)
    for place, page in enumerate(pages):
        if place:
            document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)
        _add_slip(document, page)
    return _read_bytes(document)


def build_handover_docx(sheet: Handover) -> bytes:
    """Return the sheet of what is open in an office; it holds counts and no names but those of the holders."""
    document = _make_document(sheet.school.name, HANDOVER_TITLE)
    _add_line(document, sheet.school.name, size=14, font=HEADING, centred=True)
    _add_line(document, HANDOVER_TITLE, size=18, font=HEADING, centred=True)
    facts = sheet.facts
    table = _add_table(document, len(facts), (Cm(3), Cm(14)))
    for row, cells in zip(table.rows, facts, strict=True):
        for cell, value in zip(row.cells, cells, strict=True):
            _fill_cell(cell, value)
    _add_heading(document, "未办事项")
    rows = [
        ("事项", "数量", "说明"),
        *((item.title, f"{item.number} {item.unit}", item.note) for item in sheet.items),
    ]
    table = _add_table(document, len(rows), (Cm(8), Cm(3), Cm(6)))
    _mark_row(table.rows[0], "w:tblHeader")
    for place, (row, values) in enumerate(zip(table.rows, rows, strict=True)):
        for cell, value in zip(row.cells, values, strict=True):
            _fill_cell(cell, value, font=BODY if place else HEADING)
    if not sheet.items:
        _add_line(document, "现在没有未办事项。")
    _add_line(document, "移交人（签名）：　　　　　　　　接任人（签名）：　　　　　　　　", before=24)
    _add_line(document, "年　　月　　日", before=12, right=True)
    return _read_bytes(document)


def _read_bytes(document: DocumentType) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _make_document(school: str, title: str) -> DocumentType:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    normal = document.styles["Normal"]
    normal.font.size = Pt(12)
    normal.font.name = "Times New Roman"
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    normal.paragraph_format.space_after = Pt(4)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")  # decides which form of a character a font gives
    document.core_properties.author, document.core_properties.title = strip_forbidden(school), title
    document.core_properties.language = "zh-CN"
    return document


def _add_slip(document: DocumentType, page: SlipPage) -> None:
    _add_line(document, page.school, size=14, font=HEADING, centred=True)
    _add_line(document, TITLE, size=18, font=HEADING, centred=True)
    _add_facts(document, page.facts)
    _add_heading(document, "一、填入《入团志愿书》的内容")
    _add_paragraph(document, page.report)
    _add_heading(document, "二、志愿服务记录")
    _add_service_table(document, page.report)
    _add_heading(document, "三、支部大会表决情况")
    _add_line(
        document, page.vote or "应到　　　人，实到　　　人；赞成　　　票，不赞成　　　票，弃权　　　票。"
    )
    signature = "团支部书记（签名）：　　　　　　　　　　　　　　年　　月　　日"
    _add_line(document, signature, before=18, right=True)
    _add_line(
        document,
        f"{full_day_text(page.made_on)}从校内志愿服务台账生成，仅用于发展团员工作。",
        size=9,
        before=6,
    )


def _add_line(
    document: DocumentType,
    text: str,
    *,
    size: int = 12,
    font: str = BODY,
    centred: bool = False,
    right: bool = False,
    before: int = 0,
) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(before)
    if centred or right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(strip_forbidden(text))
    run.font.size, run.bold = Pt(size), font == HEADING
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _add_heading(document: DocumentType, text: str) -> None:
    _add_line(document, text, font=HEADING, before=10)
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def _add_paragraph(document: DocumentType, report: Report) -> None:
    text = report.paragraph or f"还不能写入：缺少{'、'.join(report.missing)}。"
    _add_line(document, text)
    style = document.paragraphs[-1].paragraph_format
    style.first_line_indent, style.line_spacing = Pt(24), 1.5


def _add_facts(document: DocumentType, facts: Sequence[tuple[str, str, str, str]]) -> None:
    table = _add_table(document, len(facts), (Cm(3.1), Cm(5.4), Cm(3.1), Cm(5.4)))
    for row, values in zip(table.rows, facts, strict=True):
        for place, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            _fill_cell(cell, value, font=BODY if place % 2 else HEADING)


def _add_service_table(document: DocumentType, report: Report) -> None:
    """Add the services; the head is repeated on each sheet of paper, and a row is not split across sheets."""
    if not report.lines:
        _add_line(document, "没有已确认的志愿服务记录。")
        return
    table = _add_table(document, len(report.lines) + 2, WIDTHS)
    rows = list(table.rows)
    for cell, name in zip(rows[0].cells, ("服务日期", "服务内容", "来源", "时长"), strict=True):
        _fill_cell(cell, name, font=HEADING)
    _mark_row(rows[0], "w:tblHeader")
    for row, (day, title, source, minutes) in zip(rows[1:-1], report.lines, strict=True):
        _mark_row(row, "w:cantSplit")
        values = (f"{day:%Y-%m-%d}", title, SOURCES[source], duration_text(minutes))
        for cell, value in zip(row.cells, values, strict=True):
            _fill_cell(cell, value)
    for cell in rows[-2].cells:  # the sum is never alone on a sheet
        cell.paragraphs[0].paragraph_format.keep_with_next = True
    label = rows[-1].cells[0].merge(rows[-1].cells[2])
    _fill_cell(label, f"合计（{len(report.lines)} 次）", font=HEADING)
    _fill_cell(rows[-1].cells[3], duration_text(report.minutes), font=HEADING)


def _add_table(document: DocumentType, rows: int, widths: Sequence[int]) -> Table:
    table = document.add_table(rows, len(widths), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width
    return table


def _fill_cell(cell: _Cell, text: str, *, font: str = BODY) -> None:
    # Digits and characters come from fonts of different heights.
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    run = paragraph.add_run(strip_forbidden(text))
    run.font.size, run.bold = Pt(11), font == HEADING
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _mark_row(row, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))
