"""Templates to download: the columns of a kind of file, an example that is never read as data, and an explanation."""

from members.resources.base import SheetResource

# The reader skips a row that begins with this word, and a worksheet of this name is no skipped data.
SAMPLE = "示例"
EXPLANATION = "填写说明"
NEEDED = "（必填）"

Sheets = list[tuple[str, list[str], list[list[str]]]]


def build_template(resource: SheetResource, label: str) -> Sheets:
    """Return the worksheets of a template as (title, header, rows): the sheet to fill in, and what to fill in."""
    titles = {name: resource.fields[name].column_name for name in resource.template}
    needed = set(resource.list_needed())
    header = [title + (NEEDED if name in needed else "") for name, title in titles.items()]
    first, *others = [example for example, _ in resource.template.values()]
    explained = [
        [f"“{title}”列", f"{_describe_need(resource, name, needed)}。{resource.template[name][1]}"]
        for name, title in titles.items()
    ]
    rules = [
        ["怎样填写", f"从第 3 行起，每行填一条。第 2 行是{SAMPLE}，不会录入，可以删去。"],
        ["", "不需要的列可以删去，列的顺序不限；空白的单元格不会清掉平台已有的内容。"],
        ["", "请不要填写身份证号和密码，平台不保存。"],
    ]
    return [
        (label, header, [[f"{SAMPLE}：{first}", *others]]),
        (EXPLANATION, ["哪一列", "怎样填"], [*explained, *rules]),
    ]


def _describe_need(resource: SheetResource, name: str, needed: set[str]) -> str:
    if name in needed:
        return "必填"
    for choice in resource.list_choices():
        if name in choice:
            return f"{'、'.join(resource.fields[one].column_name for one in choice)}至少填一列"
    return "可不填"
