"""Files full of odd cells, by the import command: what a person cannot read is an error, all the rest goes in."""

import json
import re

import pytest

from members.models import Member
from members.sheets.papers import holds_id_card
from tests.members.sheet_files import make_csv_text
from tests.members.test_cell_sisters_names import DECORATED, LOST, RECODED, TRUE_NAMES, WITH_SPACES, WORDS
from tests.members.test_cell_sisters_papers import AROUND, NEW, WITH_X
from tests.scenarios.test_file_cases import count_minutes
from tests.scenarios.test_sister_files import import_text

pytestmark = pytest.mark.django_db
ROSTER = ["学号", "姓名", "学院", "团支部", "政治面貌", "手机号码", "备注"]
UNIT = ["法学院", "法学1801", "共青团员"]


def test_only_whole_names_become_people(tmp_path):
    odd = [*LOST.split(), *RECODED.split(), *WORDS.split(), *DECORATED]
    wrong = [
        name for name in odd if not re.search("[\x00-\x1f\x7f-\x9f]", name)
    ]  # such a file is refused whole
    true = [*TRUE_NAMES.split(), *WITH_SPACES]
    rows = [[f"2019{n:06}", name, *UNIT, "", ""] for n, name in enumerate([*wrong, *true], 1)]
    outcome = import_text("roster", make_csv_text(ROSTER, *rows), tmp_path)
    assert outcome.refusal == ""
    stored = dict(Member.objects.filter(student_no__startswith="2019").values_list("student_no", "name"))
    assert stored == {f"2019{n:06}": name for n, name in enumerate(true, len(wrong) + 1)}
    silent = set(range(2, len(wrong) + 2)) - outcome.errors.keys()
    assert [wrong[row - 2] for row in silent] == []


def test_no_id_card_is_stored_whatever_is_around_it(tmp_path):
    texts = [f"{before}{number}{behind}" for before, behind in AROUND for number in (NEW, WITH_X)]
    rows = []
    for n, text in enumerate(texts, 1):
        row = [f"2019{n:06}", f"安{'知行若溪一诺'[n % 6]}", *UNIT, "", ""]
        row[(6, 1, 5, 3, 0)[n % 5]] = text
        rows.append(row)
    outcome = import_text("roster", make_csv_text(ROSTER, *rows), tmp_path)
    assert outcome.refusal == ""
    kept = json.dumps(
        [[r.original, r.data, r.reason] for r in outcome.rows] + [outcome.report], ensure_ascii=False
    )
    people = json.dumps(
        list(Member.objects.values("student_no", "name", "phone", "branch__name")), ensure_ascii=False
    )
    for text in (kept, people):
        assert NEW not in text
        assert WITH_X not in text
        assert not holds_id_card(text)


def test_durations_and_days_go_in_as_they_are_read(tmp_path):
    header = ["学号", "姓名", "项目名称", "服务日期", "服务时长", "状态"]
    good = [("2018-10-01（周一）", "一个半小时", 90), ("二〇一八年十月二日", "三刻钟", 45), ("3-Oct-2018", "十二小时", 720),
            ("2018/10/4 星期四", "2小时30", 150), ('="2018-10-05"', '="0.83"', 50)]  # fmt: skip
    bad = [("2018-10-06", "二三小时"), ("2018-10-07", "①"), ("2018-10-08", "约2小时"), ("18-10-9", "2"), ("2018-02-30", "2"),
           ("未登记", "2"), ("2018-10-10", "待完善"), ("2018-10-11", "见附件")]  # fmt: skip
    rows = [["2018010001", "安知行", "助残", day, hours, "已确认"] for day, hours, *_ in [*good, *bad]]
    outcome = import_text("hours", make_csv_text(header, *rows), tmp_path)
    assert outcome.refusal == ""
    assert sorted(outcome.errors) == list(range(2 + len(good), 2 + len(good) + len(bad)))
    assert count_minutes()["2018010001"] == sum(minutes for *_, minutes in good)


def test_volunteers_are_found_by_their_phone_in_any_spelling(tmp_path):
    header = ["志愿者编号", "姓名", "手机号码", "注册时间"]
    rows = [
        ["110108000001", "安知行", "手机：138-0013-8001（本人）", "2018-09-28"],
        ["110108000002", "白若溪", "138____8002", "2018年9月28日"],
        ["110108000003", "程一诺", "微信13800138003", "28-Sep-2018"],
        ["110108000004", "葛天", "13800138005", "未注册"],
    ]
    outcome = import_text("volunteers", make_csv_text(header, *rows), tmp_path)
    assert sorted(outcome.errors) == [5]
    registered = {person.student_no for person in Member.objects.all() if person.is_registered}
    assert registered == {"2018010001", "2018010002", "2018010003"}
