"""Workbook of a list of 表彰."""

from members.sheets.workbooks import build_workbook


def build_commendation_workbook(
    name: str, labels: list[str], chosen: list[dict], barred: list[dict]
) -> bytes:
    """Return the list with its figures as texts, and the candidates left out with the reasons."""
    listed = (
        (row["place"], row["name"], row["where"], *(text for _, text in row["figures"])) for row in chosen
    )
    left_out = ((row["name"], row["where"], "；".join(row["barred"])) for row in barred)
    return build_workbook(
        [
            (name, ("序号", "名称", "所在", *labels), listed),
            ("未列入", ("名称", "所在", "原因"), left_out),
        ]
    )
