"""Read the number and the name of somebody who gets an account, from a file or a form.

Both are shown on slips and in messages as they are: an empty cell of a list changes nothing, here a word for nothing is
refused.
"""

from members.sheets.cells import CellError, clean_name, clean_number
from members.sheets.papers import holds_id_card
from members.sheets.texts import clean_text

PAPER = "平台不保存身份证号"


def clean_account_number(v: object) -> str:
    """Return a student or staff number.

    Raises CellError as `clean_number`, for a word that means nothing, and for ID-card numbers, which the message does
    not repeat.
    """
    number = clean_number(v) if not isinstance(v, str) or not holds_id_card(v) else v
    if holds_id_card(number):
        raise CellError(f"这像是身份证号，{PAPER}，请填写学号或工号")
    if not number and (shown := clean_text(v)):
        raise CellError(f"“{shown[:30]}”不是编号，请填写学号或工号")
    return number


def clean_account_name(v: object) -> str:
    """Return a name as `clean_name` does; raises CellError also for a word that means nothing (无, nan)."""
    name = clean_name(v)
    if not name and (shown := clean_text(v)):
        raise CellError(f"“{shown[:30]}”不是姓名，请填写真实姓名")
    return name
