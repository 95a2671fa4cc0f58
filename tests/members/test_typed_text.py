"""Text that no file can carry, at every way in: forms, queries, commands, files."""

import json

import pytest
from allauth.account.forms import BaseSignupForm
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection

from members.models import ImportRow, ImportRun, Member, Message, School
from members.typed_text import install_in_forms
from tests.factories import MemberFactory

HOSTILE = "张\ufffe\x0b\U0010ffff三"
SENTENCE = "这里有看不见、文件里无法保存的字符（U+FFFE、U+000B、U+10FFFF），已经去掉。请核对后再提交一次。"


def list_fields():
    """Yield (form, name, field) of every text field of every form class that is loaded, allauth's included."""
    assert BaseSignupForm in list_below(forms.BaseForm)
    for form in list_below(forms.BaseForm):
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.PasswordInput):
                yield f"{form.__module__}.{form.__name__}", name, field


def list_below(kind) -> set:
    found = set(kind.__subclasses__())
    return found.union(*(list_below(one) for one in found))


def test_every_text_field_of_every_form_refuses_it():
    accepted, fields = [], 0
    for form, name, field in list_fields():
        fields += 1
        try:
            accepted.append((form, name, field.clean(HOSTILE)))
        except ValidationError:
            continue
    assert not accepted
    assert fields > 100


@pytest.mark.parametrize(
    "field", [forms.CharField(), forms.SlugField(), forms.RegexField(".*"), forms.URLField()]
)
def test_the_refusal_names_the_characters(field):
    with pytest.raises(ValidationError) as refusal:
        field.clean(HOSTILE)
    assert SENTENCE in refusal.value.messages


def test_marks_of_direction_are_removed_without_a_word():
    assert forms.CharField().clean("\u202d13800001234\u202c") == "13800001234"


def test_a_password_keeps_its_characters():
    assert forms.CharField(widget=forms.PasswordInput, strip=False).clean("ab\x7fc") == "ab\x7fc"


def test_json_and_names_of_uploads_lose_them():
    assert forms.JSONField().clean(json.dumps({"名": HOSTILE})) == {"名": "张三"}
    upload = SimpleUploadedFile(f"{HOSTILE}.xlsx", b"x")
    assert forms.FileField().clean(upload).name == "张三.xlsx"


def test_a_second_installation_changes_nothing():
    before = forms.CharField.to_python
    install_in_forms()
    assert forms.CharField.to_python is before


# --- what reaches the database -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [HOSTILE, "张\x00三", "张\ud83d三", "张\u202e三"])
def test_no_query_stores_it(world, text):
    made = MemberFactory(branch=world.a1, name=text)
    many = Message.objects.bulk_create(
        [Message(user=world.member, title="提醒", text=text, key=f"{n}") for n in range(2)]
    )
    Member.objects.filter(pk=world.missing.pk).update(name=text)
    account = SocialAccount.objects.create(
        user=world.member, provider="x", uid="1", extra_data={text: [text]}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s", [text, [text]])
        assert cursor.fetchone() == ("张三", ["张三"])
    changed = Member.objects.filter(pk__in=[made.pk, world.missing.pk])
    assert list(changed.values_list("name", flat=True)) == ["张三", "张三"]
    sent = Message.objects.filter(pk__in=[one.pk for one in many])
    assert list(sent.values_list("text", flat=True)) == ["张三", "张三"]
    account.refresh_from_db()
    assert account.extra_data == {"张三": ["张三"]}


@pytest.mark.parametrize("text", [HOSTILE, "张\udcff三"])
def test_a_command_stores_it_without(db, text):
    call_command("create_school", "XX", f"{text}大学", year=2018)
    assert School.objects.get(code="XX").name == "张三大学"


def test_a_search_for_it_is_answered(world, client_of):
    answer = client_of(world.secretary).get("/search/", {"q": "张\x00\ufffe三"})
    assert answer.status_code in (200, 404)


# --- files -------------------------------------------------------------------------------------------------------


def test_a_roster_is_read_without_it(world, tmp_path, capsys):
    path = tmp_path / "名单.csv"
    path.write_text(
        "学号,姓名,学院,团支部,政治面貌,职务\n"
        f"2018990001,张三,{world.college_a.name},{world.a1.name},共青团员,班\uffff长\n"
        f"2018990003,张\uffff三,{world.college_a.name},{world.a1.name},共青团员,\n"
        f"2018\x0b990002,李\ufdd0四,{world.college_a.name},{world.a1.name},{HOSTILE},\n",
        encoding="utf-8",
    )
    call_command("import_file", "roster", str(path), school="JH", year=2018, json=True)
    json.loads(capsys.readouterr().out)
    assert Member.objects.get(student_no="2018990001").office == "班长"
    assert not Member.objects.filter(student_no="2018990003").exists()  # the name may have lost a character
    rows = ImportRow.objects.filter(run=ImportRun.objects.latest("pk")).values_list(
        "original", "data", "reason"
    )
    stored = json.dumps(list(rows), ensure_ascii=False)
    assert not any(mark in stored for mark in ("\uffff", "\ufdd0", "\\u000b", "\ufffe", "\U0010ffff"))
