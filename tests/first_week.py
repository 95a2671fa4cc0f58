"""A school's first week: from nothing to everybody able to activate, once by commands, once by an admin's browser.

`benchmarks/first_week.py` measures both with a school of 4,000; the tests do the same with a small one.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from time import perf_counter

from django.core.management import call_command
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.test_second_factor import plug_in
from tests.members.sheet_files import make_xlsx

ROSTER = ("学号", "姓名", "学院", "团支部", "政治面貌", "手机号码")
APPOINTMENTS = ("学号/工号", "姓名", "角色", "学院", "团支部")
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
ADMIN_NUMBER, PASSWORD = "T0001", "chrysantheme-77"
SECONDS_A_STEP = 6  # of an admin, for a click, a field or a file

Timed = Callable[[str], AbstractContextManager]


@dataclass(frozen=True)
class NewSchool:
    """A school that does not exist yet: its people in branches, a teacher for each college, a student for each branch."""

    code: str
    people: int
    branches: int
    colleges: int

    @property
    def name(self) -> str:
        return f"起步大学{self.code}"

    @property
    def college_names(self) -> list[str]:
        return [f"第{n + 1}学院" for n in range(self.colleges)]

    @property
    def teachers(self) -> list[tuple[str, str]]:
        """Number and name of the secretary of each college; no roster has them."""
        return [(f"T1{n:03d}", f"{SURNAMES[n % 20]}老师") for n in range(self.colleges)]

    @property
    def everybody(self) -> int:
        """How many people have to activate: those of the roster, the teachers, and the first admin."""
        return self.people + self.colleges + 1

    def build_roster(self) -> bytes:
        return make_xlsx(ROSTER, *(self._get_line(n) for n in range(self.people)))

    def build_appointments(self) -> bytes:
        """Return the file of appointments: the secretaries of all colleges and branches."""
        teachers = [
            (number, name, "学院团委书记", college, "")
            for (number, name), college in zip(self.teachers, self.college_names, strict=True)
        ]
        lines = [self._get_line(n) for n in range(self.branches)]  # the first person of each branch
        students = [(number, name, "团支书", college, branch) for number, name, college, branch, *_ in lines]
        return make_xlsx(APPOINTMENTS, *teachers, *students)

    def _get_line(self, n: int) -> tuple[str, ...]:
        branch = n % self.branches
        name = SURNAMES[n % 20] + GIVEN[n // 20 % 20] + GIVEN[n // 400 % 20]
        college = self.college_names[branch % self.colleges]
        return (f"2018{n:06d}", name, college, f"{branch + 1}班团支部", "共青团员", f"138{n:08d}")


def make_school(school: NewSchool, *, origin: str) -> str:
    """Make the school with its first admin by the operator's command; return the printed link."""
    out = StringIO()
    first = {"admin": ADMIN_NUMBER, "admin_name": "首任管理员"}
    call_command(
        "create_school", school.code, school.name, year=2018, origin=origin, stdout=out, stderr=StringIO(), **first
    )  # fmt: skip
    return json.loads(out.getvalue())["first_admin_link"]


def fill_school(school: NewSchool, folder: Path, *, timed: Timed) -> list[Path]:
    """Fill a school by commands as far as the slips of everybody; return the files, one a college."""
    roster, appointments = folder / "roster.xlsx", folder / "accounts.xlsx"
    roster.write_bytes(school.build_roster())
    appointments.write_bytes(school.build_appointments())
    with timed("import of the roster"):
        _import(school, "roster", roster)
    with timed("import of the appointments"):
        _import(school, "accounts", appointments)
    given = {"school": school.code, "origin": "https://zy.example.edu.cn", "stdout": StringIO()}
    files = []
    with timed("slips of all colleges, a .docx each"):
        for name in school.college_names:
            files.append(folder / f"{school.code}-{name}.docx")
            call_command("activation_slips", str(files[-1]), college=name, **given)
    return files


def _import(school: NewSchool, kind: str, path: Path) -> None:
    out = StringIO()
    call_command("import_file", kind, str(path), school=school.code, json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert report["created"] == report["rows"], report


# --- one admin's browser ------------------------------------------------------------------------------------------


@dataclass
class Admin:
    """An admin at a desk. Counts clicks, typed or chosen fields and files, and the seconds of waiting for pages."""

    page: Page
    clicks: int = 0
    fields: int = 0
    files: int = 0
    waited: float = 0
    slips: list[Path] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return self.clicks + self.fields + self.files

    @property
    def minutes(self) -> float:
        """Six seconds a step, and the pages' own time."""
        return (self.steps * SECONDS_A_STEP + self.waited) / 60

    def open(self, address: str, then: Locator) -> None:
        """Open an address that was not in a page: it counts as a click."""
        self._wait(lambda: self.page.goto(address), then)

    def click(self, target: Locator, then: Locator) -> None:
        """Click, and wait until `then` is there."""
        self._wait(target.click, then)

    def download(self, target: Locator) -> None:
        self.clicks += 1
        start = perf_counter()
        with self.page.expect_download(timeout=120_000) as download:
            target.click()
        self.slips.append(download.value.path())
        self.waited += perf_counter() - start

    def type(self, label: str, text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, option: str, then: Locator | None = None) -> None:
        self.fields += 1
        start = perf_counter()
        self.page.get_by_label(label, exact=True).select_option(label=option)
        if then is not None:
            expect(then).to_be_visible()
        self.waited += perf_counter() - start

    def attach(self, name: str, content: bytes) -> None:
        self.files += 1
        given: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.get_by_label("文件", exact=True).set_input_files(given)

    def _wait(self, act: Callable[[], object], then: Locator) -> None:
        self.clicks += 1
        start = perf_counter()
        act()
        expect(then).to_be_visible(timeout=120_000)
        self.waited += perf_counter() - start


def fill_school_in_browser(school: NewSchool, admin: Admin, link: str) -> None:
    """Do in the browser what `fill_school` does: from the first admin's link to the slips of everybody.

    The school has two colleges or more: with one, 激活码 lists its branches instead.
    """
    _activate_admin(admin, link)
    page = admin.page
    admin.click(_find_in_menu(page, "导入"), _find_heading(page, "导入"))
    admin.click(page.get_by_role("link", name="上传文件").first, page.get_by_label("文件类别"))
    admin.choose("文件类别", "团员花名册")
    _import_in_browser(admin, "花名册.xlsx", school.build_roster(), school.people)
    admin.click(_find_in_menu(page, "账号与授权"), _find_heading(page, "账号与授权"))
    admin.click(page.get_by_role("link", name="按文件任命"), page.get_by_label("文件类别"))
    _import_in_browser(admin, "任命.xlsx", school.build_appointments(), school.colleges + school.branches)
    for name in school.college_names:
        _take_slips_of_college(admin, name)


def _activate_admin(admin: Admin, link: str) -> None:
    """Choose a password, and set up the second factor that an admin must have."""
    page = admin.page
    plug_in(page)
    admin.open(link, page.get_by_label("新密码"))
    admin.type("新密码", PASSWORD)
    admin.type("再输入一次", PASSWORD)
    button = page.get_by_role("button", name="激活并登录")
    admin.click(button, page.get_by_text("请先设置第二步验证", exact=True))
    admin.click(page.get_by_role("link", name="添加通行密钥"), page.get_by_label("名称"))
    admin.type("名称", "办公室电脑")
    admin.click(page.get_by_role("button", name="添加"), _find_heading(page, "恢复码"))
    done = page.get_by_role("link", name="已经保存好")
    admin.click(done, _find_in_menu(page, "导入"))


def _import_in_browser(admin: Admin, name: str, content: bytes, rows: int) -> None:
    page = admin.page
    admin.attach(name, content)
    admin.click(page.get_by_role("button", name="上传并预览"), page.get_by_text(f"新增 {rows} 行"))
    admin.click(page.get_by_role("button", name="确认导入"), page.get_by_text("全部已生效"))


def _take_slips_of_college(admin: Admin, name: str) -> None:
    """Take the file of a college, with its secretary, from the list of colleges in 激活码."""
    page = admin.page
    admin.click(_find_in_menu(page, "激活码"), _find_heading(page, "激活码"))
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
    issue = page.get_by_role("button", name="发放并下载 Word 文档")
    admin.click(row.get_by_role("link", name="激活纸条"), issue)
    admin.download(issue)


def _find_in_menu(page: Page, label: str) -> Locator:
    return page.get_by_role("navigation", name="主导航").get_by_role("link").filter(has_text=label)


def _find_heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", level=1, name=name)
