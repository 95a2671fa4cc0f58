"""The pages of admission: list, person, steps by form, slips on paper and as .docx."""

from datetime import date
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document
from docx.oxml.ns import qn

from members.models import ExportLog, Member
from members.services.registration import revoke_registration
from reports.models import Admission
from reports.rules import admission as rules
from reports.services.admission import end_track
from tests.factories import MemberFactory, ServiceRecordFactory
from tests.reports.test_admission import NOW, admit_as, make_candidate
from tests.walk import read_text

pytestmark = pytest.mark.django_db
PASSED = {"on": "2018-12-20", "entitled": 6, "present": 5, "votes_for": 4, "votes_against": 0, "abstained": 1}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def candidate(world):
    ServiceRecordFactory(member=world.activist, source="volunteer_beijing", minutes=150, title="敬老院探访")
    ServiceRecordFactory(member=world.activist, source="league", minutes=30, title="不计入来源")
    return make_candidate(world)


def test_the_list_says_who_and_what_is_missing(world, client_of, candidate):
    page = read_text(client_of(world.branch_secretary).get(reverse("admissions")))
    for name in ("何申请", "高积极", "罗对象"):
        assert name in page
    assert "1 / 2 人" in page
    assert "还差 1 人" in page
    assert "2 小时 30 分钟" in page
    assert "日期待补" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"standing": "applicant"}, {"何申请"}),
        ({"standing": "candidate"}, {"高积极", "罗对象"}),
        ({"needs": "unregistered"}, {"何申请", "罗对象"}),
        ({"needs": "days"}, {"何申请", "罗对象"}),
        ({"needs": "called"}, set()),
        ({"standing": "admitted"}, set()),
        ({"q": "gao"}, {"高积极"}),
    ],
)
def test_filters(world, client_of, candidate, query, names):
    response = client_of(world.secretary).get(reverse("admissions"), query)
    assert {person.name for person in response.context["people"]} == names


def test_the_export_has_the_whole_list_and_is_noted(world, client_of, candidate):
    text = read_text(client_of(world.secretary).get(reverse("admissions_export")))
    assert "高积极" in text
    assert "150" in text
    assert ExportLog.objects.get().rows == 3


def test_the_same_number_of_queries_for_one_and_for_thirty(world, client_of, candidate):
    def count_queries() -> int:
        client = client_of(world.secretary)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("admissions")).status_code == 200
        return len(seen)

    few = count_queries()
    for _ in range(20):
        person = MemberFactory(branch=world.a1, stage=Member.Stage.APPLICANT)
        Admission.objects.create(member=person, applied_on=date(2018, 9, 1))
        ServiceRecordFactory(member=person, source="volunteer_beijing")
    assert count_queries() == few


def test_an_application_by_form(world, client_of):
    client = client_of(world.branch_secretary)
    refused = client.post(reverse("admission_new"), {"student_no": "2018010201", "applied_on": "2018-09-03"})
    assert "没有这个学号" in read_text(refused)
    done = client.post(reverse("admission_new"), {"student_no": "2018010011", "applied_on": "2018.9.3"})
    assert done["Location"] == reverse("admission", args=[world.student.pk])


def test_from_the_days_to_the_meeting_by_form(world, client_of):
    pk = world.activist.pk
    branch, college = client_of(world.branch_secretary), client_of(world.secretary)
    branch.post(
        reverse("admission_days", args=[pk]), {"applied_on": "2018-03-05", "activist_on": "2018-06-01"}
    )
    branch.post(reverse("admission_step", args=[pk]), {"to": "candidate", "on": "2018-10-08"})
    assert branch.post(reverse("admission_admit", args=[pk]), PASSED).status_code == 403
    refused = college.post(reverse("admission_admit", args=[pk]), PASSED | {"votes_for": 3, "abstained": 2})
    assert "未通过的不能登记为团员" in read_text(refused)
    done = college.post(reverse("admission_admit", args=[pk]), PASSED, follow=True)
    assert "已登记为共青团员" in read_text(done)
    assert Admission.objects.get(member=pk).state == "admitted"


def test_the_gate_is_said_in_place(world, client_of):
    pk = world.candidate.pk
    client = client_of(world.secretary)
    days = {"applied_on": "2018-03-05", "activist_on": "2018-06-01"}
    refused = client.post(reverse("admission_days", args=[pk]), days | {"candidate_on": "2018-10-08"})
    assert "须先完成志愿者注册并核实" in str(refused.context["days"].errors["candidate_on"])
    client.post(reverse("admission_days", args=[pk]), days)
    page = read_text(client.post(reverse("admission_admit", args=[pk]), PASSED, follow=True))
    assert "须先完成志愿者注册并核实" in page
    assert world.candidate.stage == "candidate"


def test_of_somebody_whose_way_has_ended_every_page_opens_and_no_form_is_left(world, client_of, candidate):
    person = world.activist
    college = client_of(world.secretary)
    end_track(user=world.branch_secretary, member_id=person.pk, reason="本人撤回申请", now=NOW)
    for name in ("admission", "admission_slip", "admission_docx"):
        assert college.get(reverse(name, args=[person.pk])).status_code == 200
    for name in ("admissions", "admissions_export"):
        assert "高积极" in read_text(college.get(reverse(name), {"standing": "ended"}))
    page = college.get(reverse("admission", args=[person.pk]))
    assert not any(name in page.context for name in ("days", "step", "back", "end", "meeting"))


def test_a_meeting_is_announced_until_the_way_ends(world, client_of, candidate):
    person, college = world.activist, client_of(world.secretary)
    Admission.objects.filter(pk=candidate.pk).update(meeting_on=date(2018, 12, 28))
    address = reverse("admission", args=[person.pk])
    assert read_text(college.get(address)).count("定于 2018-12-28") == 2
    end_track(user=world.branch_secretary, member_id=person.pk, reason="本人撤回申请", now=NOW)
    assert "定于" not in read_text(college.get(address))


@pytest.mark.parametrize(
    ("step", "sent"),
    [
        ("days", {"applied_on": "2018-03-05"}),
        ("step", {"to": "activist", "on": "2018-10-01"}),
        ("back", {"since": "candidate", "reason": "误点"}),
        ("end", {"reason": "重复"}),
        ("admit", PASSED),
    ],
)
def test_a_second_window_is_told_that_the_way_has_ended(world, client_of, candidate, step, sent):
    person = world.activist
    end_track(user=world.branch_secretary, member_id=person.pk, reason="本人撤回申请", now=NOW)
    answer = client_of(world.secretary).post(
        reverse(f"admission_{step}", args=[person.pk]), sent, follow=True
    )
    assert answer.redirect_chain == [(reverse("admission", args=[person.pk]), 302)]
    (told,) = answer.context["messages"]
    assert told.level_tag == "error"
    assert Admission.objects.get(member=person).state == "ended"


def test_a_second_window_is_told_that_the_person_is_a_member_already(world, client_of, candidate):
    admit_as(world)
    answer = client_of(world.secretary).post(
        reverse("admission_admit", args=[world.activist.pk]), PASSED, follow=True
    )
    assert "高积极已登记为共青团员（2018-12-20 支部大会），无需重复登记。" in read_text(answer)


def test_a_kept_slip_says_what_was_read_out_however_it_is_worded_today(
    world, client_of, candidate, monkeypatch
):
    kept = admit_as(world).slip["paragraph"]
    monkeypatch.setitem(rules.LEDGERS, "volunteer_beijing", "“志愿北京2.0”")
    client, pk = client_of(world.secretary), world.activist.pk
    for name in ("admission", "admission_slip"):
        assert kept in read_text(client.get(reverse(name, args=[pk])))
    document = Document(BytesIO(client.get(reverse("admission_docx", args=[pk])).content))
    assert kept in [paragraph.text for paragraph in document.paragraphs]


def test_a_kept_slip_keeps_the_name_it_was_read_out_with(world, client_of, candidate):
    name = admit_as(world).member.name
    Member.objects.filter(pk=world.activist.pk).update(name="高新名")
    client, pk = client_of(world.secretary), world.activist.pk
    assert client.get(reverse("admission_slip", args=[pk])).context["paper"].facts[0][1] == name
    document = Document(BytesIO(client.get(reverse("admission_docx", args=[pk])).content))
    assert document.tables[0].cell(0, 1).text == name
    places = client.get(reverse("admission", args=[pk])).context["places"]
    assert [(place.then, place.now) for place in places if place.differs] == [(name, "高新名")]


def test_a_step_that_the_gate_refuses_is_not_offered(world, client_of, candidate):
    client, address = client_of(world.secretary), reverse("admission", args=[world.activist.pk])
    assert "meeting" in client.get(address).context
    revoke_registration(user=world.secretary, member_id=world.activist.pk, reason="编号有误")
    shown = client.get(address)
    assert "meeting" not in shown.context
    assert "还没有核实的志愿者注册" in read_text(shown)


def test_then_and_now_stand_side_by_side(world, client_of, candidate):
    admit_as(world)
    ServiceRecordFactory(
        member=world.activist, source="volunteer_beijing", minutes=60, served_on=date(2018, 11, 17)
    )
    response = client_of(world.secretary).get(reverse("admission", args=[world.activist.pk]))
    differing = {
        place.label: (place.then, place.now) for place in response.context["places"] if place.differs
    }
    assert differing == {
        "志愿服务": ("参加志愿服务 1 次，累计 2 小时 30 分钟", "参加志愿服务 2 次，累计 3 小时 30 分钟")
    }
    assert "有变化" in read_text(response)


def test_the_slip_to_print(world, client_of, candidate):
    page = read_text(
        client_of(world.branch_secretary).get(reverse("admission_slip", args=[candidate.member_id]))
    )
    assert "支部大会讨论接收新团员志愿服务情况报告单" in page
    assert "自2018年3月5日提出入团申请至2018年12月21日，共参加志愿服务 1 次" in page
    assert "不计入来源" not in page


def test_no_slip_without_the_day_of_application(world, client_of):
    client = client_of(world.secretary)
    for name in ("admission_slip", "admission_docx"):
        assert client.get(reverse(name, args=[world.candidate.pk])).status_code == 404


def test_the_docx_says_the_same(world, client_of, candidate):
    response = client_of(world.branch_secretary).get(reverse("admission_docx", args=[candidate.member_id]))
    document = Document(BytesIO(response.content))
    words = "".join(document.element.itertext())
    assert "累计服务时长 2 小时 30 分钟" in words
    assert [cell.text for cell in document.tables[1].rows[1].cells] == [
        "2018-11-10",
        "敬老院探访",
        "志愿北京",
        "2 小时 30 分钟",
    ]
    assert ExportLog.objects.get().kind == "admission_slips"


def test_one_document_for_the_candidates_of_a_branch(world, client_of, candidate):
    client = client_of(world.branch_secretary)
    address = reverse("admission_branch_docx", args=[world.a1.pk])
    Admission.objects.create(member=world.candidate, applied_on=date(2018, 3, 1))
    document = Document(BytesIO(client.get(address).content))
    breaks = [each for each in document.element.iter(qn("w:br")) if each.get(qn("w:type")) == "page"]
    words = "".join(document.element.itertext())
    assert len(breaks) == 1
    assert "高积极" in words
    assert "缺少已核实的志愿者注册" in words


def test_without_candidates_there_is_no_document(world, client_of):
    response = client_of(world.secretary).get(
        reverse("admission_branch_docx", args=[world.a2.pk]), follow=True
    )
    assert "没有可以打印的发展对象" in read_text(response)
