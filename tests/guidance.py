"""Find the sentences of the portal that tell people to go to somebody or to do something first.

Sentences of templates and of Python strings, without docstrings, comments and the demo.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
APPS = ("members", "pairing", "activities", "reports", "volunteer_portal")
# What makes a sentence a direction: somebody to turn to, a thing to do first, a page to go to.
DIRECTION = re.compile(
    "请联系|请向|请学院|请校团委|请由|请先|请到|请在“|联系校团委|忘记密码|更新授权|由系统管理员|由学院团委导入|请导入团员|请在项目列表|请发放激活纸条|在“补录”中申请"
)
# A sentence ends at its punctuation, at quotes of the language and at tags.
ENDS = re.compile(r"[。；！\n\"'<>{}]|\\n")


@dataclass(frozen=True)
class Sentence:
    """A direction and its file, relative to the project."""

    text: str
    path: str


def find_sentences() -> list[Sentence]:
    """Return the directions of all pages, messages and refusals, each once for a file."""
    return sorted({*_find_in_templates(), *_find_in_sources()}, key=lambda found: (found.path, found.text))


def _find_in_templates() -> Iterator[Sentence]:
    for suffix in ("*.html", "*.txt"):
        for path in (ROOT / "templates").rglob(suffix):
            if path.parent.name == "notices":  # `notify` gives every notice its link
                continue
            text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
            yield from _split(text, path)


def _find_in_sources() -> Iterator[Sentence]:
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if path.parts[-2] == "migrations" or "demo" in path.parts or path.name == "guidance.py":
                continue
            tree = ast.parse(path.read_text())
            docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and id(node) not in docstrings
                ):
                    yield from _split(node.value, path)


def _split(text: str, path: Path) -> Iterator[Sentence]:
    for part in ENDS.split(text):
        if DIRECTION.search(part):
            yield Sentence(part.strip(), str(path.relative_to(ROOT)))


# Directions that need no link, by a phrase of the sentence, each with the reason.
HERE = {
    # The thing is done in the very form or page that shows the sentence.
    "请先勾选": "the boxes of the same form",
    "请联系负责人恢复您的报名资格": "the page of the activity names the person in charge and the phone",
    "请先在活动的名单中恢复其报名资格": "said to the person in charge, whose page of the activity has the list",
    "请在“状态”列写明": "a column of the file; its bad rows can be corrected on the import's page",
    "有误的行只有上传的人看得到，请联系": "the sentence names the person who uploaded the file",
    "请先撤销那次导入": "each line of the list is a link to that import",
    "请先处理列出的各项": "the page that shows the refusal lists them, with links",
    "请先录入人员": "the person belongs to a roster that is not here yet, or to no school of the portal",
    "请先取消那一次": "the own sign-ups are in the same list",
    "请先修改时间再发布": "the form of the same activity",
    "请先取消活动": "the activities are listed on the project's page",
    "请先确认是您本人": "the form below",
    "请先查找": "the field of the same form",
    "请先选择学校": "the field of the same form",
    "请先选择学院": "the field of the same form",
    "请先撤销原来的核实": "the button is on the page of the person, one step up in the breadcrumb",
    "请先移除一个": "the wishes are in the same form",
    "请先核对内容": "the content is on the same page",
    "请先更新名单": "the button of the same sheet",
    "请先补登": "the form with the days is on the same page",
    "请先取消他们的拟表彰": "the names are on the same page",
    "请先取消一项拟表彰": "the names are on the same page",
    "请到记录页": "the record is linked above the form",
    "请先查看结果": "the button is below the sentence",
    "没有结对码的学院，请先": "the link follows in the sentence",
    "请先完成注册并核实": "the alert links to the person",
    "请联系支部尽快完成注册": "every branch of the list is a link",
    "请先在那个账号": "another account of the same person: nobody else's page opens",
    "请先设置第二步验证": "the page that the sentence opens is the one for it",
    "请先改成只有您自己知道的密码": "the page that the sentence opens is the form for it",
    "请先恢复账号": "the account's own page shows its state; the operator switches it on",
    "请先请他们确认": "the activities are linked on the same page",
    "请由街乡负责人本人": "the other side does it on a device of its own",
    "请先延长": "the terms are in the table above",
    "请先确认是": "the form below",
    "请先确认对方": "advice about a person who stands there",
    "请在“任期”中选择": "the filter of the same list",
    "忘记密码时，也用新的激活码": "advice on the page for codes",
    "忘记密码时可以发放": "the button of the same page",
    "忘记密码的人": "the list below leads to the person",
    "请先办理离任": "the terms are on the same page",
    "请向本人或学籍部门核实": "outside the portal",
    "请先关闭，再用新手机": "the button of the same page",
    "请由本校另一位校团委致电": "done by another person on this same page",
    "邀请由邀请人以外": "information",
    "请先登录一次": "the sign-in form is on the same page",
    # Visitors who are not signed in: no names of people, no pages.
    "请先在校园系统更正姓名": "outside the portal",
    "请先在那里退出": "the campus system",
    "请联系学校信息化部门": "outside the portal",
    "教职工请联系校团委开通": "a visitor who is not signed in",
    "请联系本团支部书记或学院团委书记": "a visitor who is not signed in",
    "请向本支部团支书或本学院团委": "a visitor who is not signed in",
    "请本学院团委书记": "a visitor who is not signed in",
    "忘记密码：可以用校园登录": "a visitor who is not signed in",
    "忘记密码：向本支部团支书": "a visitor who is not signed in",
    "请联系上一级团委重置": "a visitor half signed in: no names before the second step",
    "请先解除原来的绑定": "the account's page, to which the name of the person leads",
    # Nobody's page in the portal.
    "请先在那个账号的": "another account, in which the person must sign in",
    "请先登录一次，再在": "a visitor who is not signed in; the button leads to the sign-in page",
    "请联系本团支部书记": "a visitor who is not signed in: no names of people",
    "教职工请联系校团委": "a visitor who is not signed in: no names of people",
    "请联系管理员": "a fault of the software: the operator",
    "平台管理员": "the operator's command create_school",
    "系统管理员": "the operator's command create_school",
    "请先用 create_school": "printed by a command",
    "请先用提交": "printed by a command",
    "请到来源平台核对": "the outside ledger",
    "漏登的请在“考勤处理”": "the activity's page, above this one, has the button",
    "请先在“手工登记”": "a button beside the sentence leads there",
    "请联系邀请您的学校": "a visitor from a street who is not signed in",
    "请联系该学校": "a visitor from a street who is not signed in",
    "请联系本学院团委书记": "a visitor who is not signed in: no names of people",
    "请联系学院团委撤回": "the title's college is on the same page",
    "申请由校团委审批": "information, nothing to do",
    "请向本级团委反映": "a printed paper",
    "请联系本支部团支书": "a printed paper",
    "的，请联系学院团委": "a text to copy into a chat",
    "请学院照常审核": "information about the roll-over's item, which is linked",
    "请学院说明原因后退回重开": "an error of the database that no page can cause",
    "如果登记有误，请联系": "the sentence names the office and its holder",
    "如需继续工作，请联系": "the sentence names the office and its holder",
}
