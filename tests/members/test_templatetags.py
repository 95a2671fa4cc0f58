import json
import re
from pathlib import Path

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import RequestFactory

from members.lists import ListColumn, Listing, ListQuery
from members.rules import Rate
from members.templatetags import portal

TEMPLATES = Path(__file__).parents[2] / "templates"


def render_source(source: str, address: str = "/", **context) -> str:
    request = RequestFactory().get(address)
    text = Template(source).render(Context({"request": request, **context}))
    return re.sub(r"\s+", " ", text)


def find_link(html: str) -> str:
    return re.search(r'href="([^"]*)"', html)[1].replace("&amp;", "&")


def render_component(name: str, address: str = "/", **context) -> str:
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    html = render_to_string(f"components/{name}.html", context, request)
    return re.sub(r"\s+", " ", html)


class TestIcon:
    def test_it_is_drawn_in_place_and_hidden_from_screen_readers(self):
        html = render_source('{% icon "users" "large" %}')
        assert html.startswith('<svg class="icon large"')
        assert 'aria-hidden="true"' in html
        assert "<path d=" in html
        assert "M0 0h24v24H0z" not in html

    @pytest.mark.parametrize("name", ["no-such-icon", "../filled/star", "users.svg", ""])
    def test_a_wrong_name_is_an_error_and_reads_no_other_file(self, name):
        with pytest.raises(TemplateSyntaxError):
            portal.icon(name)


class Entry(forms.Form):
    name = forms.CharField(label="姓名", help_text="与学生证一致")
    college = forms.ChoiceField(label="学院", choices=[("1", "文学院")])
    agreed = forms.BooleanField(label="同意")
    way = forms.ChoiceField(label="方式", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)


class TestField:
    def test_each_kind_of_input_gets_its_class(self):
        form = Entry()
        assert 'class="form-control"' in portal.widget(form["name"])
        assert 'class="form-select"' in portal.widget(form["college"])
        assert 'class="form-check-input"' in portal.widget(form["agreed"])

    def test_a_class_of_the_form_s_own_is_kept(self):
        field = Entry()
        field.fields["name"].widget.attrs["class"] = "wide"
        assert 'class="form-control wide"' in portal.widget(field["name"])

    def test_error_and_help_are_tied_to_the_input(self):
        html = render_component("field", field=Entry({})["name"])
        described = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
        assert described == ["id_name_helptext", "id_name_error"]
        assert all(f'id="{target}"' in html for target in described)
        assert 'aria-invalid="true"' in html
        assert "is-invalid" in html

    def test_what_was_typed_is_kept_and_escaped(self):
        html = render_component("field", field=Entry({"name": '"><b>张'})["name"])
        assert "<b>张" not in html
        assert "&lt;b&gt;张" in html

    def test_radio_buttons_are_a_group_with_a_legend_and_a_label_each(self):
        html = render_component("field", field=Entry({})["way"])
        assert '<legend class="form-label required">方式</legend>' in html
        assert re.search(r'<fieldset[^>]*aria-describedby="id_way_error"', html)
        assert html.count("<label") == html.count('type="radio"') == 2


def head(*columns: ListColumn, address: str = "/", default: str = "", links: bool = True) -> str:
    """The head of a list of these columns at an address."""
    listing = Listing("test", "名单", "home", rows=lambda query: [], columns=columns, default_sort=default)
    query = ListQuery(listing, user=AnonymousUser(), params=RequestFactory().get(address).GET)
    return render_source("{% list_head list links=links %}", address, list=query, links=links)


NAME = ListColumn("name", "学院", ("name",))
RATE = ListColumn("rate", "注册率", ("rate",), numeric=True)


class TestListHead:
    def test_names_start_ascending_and_figures_with_the_largest(self):
        assert find_link(head(NAME)) == "?sort=name"
        assert find_link(head(RATE)) == "?sort=-rate"

    def test_a_second_click_turns_the_order_and_tells_it(self):
        html = head(RATE, address="/?sort=-rate")
        assert find_link(html) == "?sort=rate"
        assert 'aria-sort="descending"' in html

    def test_the_list_s_own_order_counts_as_the_first_click(self):
        html = head(RATE, default="-rate")
        assert find_link(html) == "?sort=rate"
        assert 'aria-sort="descending"' in html

    def test_filters_stay_and_the_page_starts_anew(self):
        assert find_link(head(NAME, address="/?q=a%26b&page=3")) == "?q=a%26b&sort=name"

    def test_a_column_without_an_order_is_no_link_and_one_of_buttons_is_only_read_out(self):
        html = head(ListColumn("phone", "手机号码"), ListColumn("end", "操作", spoken=True))
        assert "<a " not in html
        assert '<th scope="col">手机号码</th>' in html
        assert '<th scope="col"><span class="visually-hidden">操作</span></th>' in html

    def test_above_a_few_first_rows_the_headings_are_no_links(self):
        html = head(NAME, RATE, links=False)
        assert "<a " not in html
        assert '<th scope="col" class="numeric">注册率</th>' in html


def test_pagination_keeps_the_filters():
    html = render_component(
        "pagination", "/?q=x&page=2", page=Paginator(range(100), 10).get_page(2), unit="人"
    )
    assert "共 100 人，第 2 / 10 页" in html
    assert 'href="?q=x&amp;page=3"' in html
    assert '<span class="page-link" aria-current="page">2</span>' in html


def test_a_single_page_has_no_links():
    assert "<a " not in render_component("pagination", page=Paginator(range(3), 10).get_page(1))


class TestChart:
    DATA = {
        "kind": "line",
        "unit": "%",
        "labels": ["第1期", "第2期</script>"],
        "series": [{"name": "注册率", "values": [94.95, None], "texts": ["94.95", None]}],
    }

    def test_the_figures_stand_below_as_a_table(self):
        html = render_source('{% chart "trend" "走势" data head="期次" %}', data=self.DATA)
        cells = re.findall(r'<td class="numeric">([^<]*)</td>', html)
        assert cells == ["94.95", "—"]
        assert '<th scope="row">第1期</th>' in html

    def test_the_picture_reads_the_same_data_as_escaped_json(self):
        html = render_source('{% chart "trend" "走势" data %}', data=self.DATA)
        found = re.search(r'<script id="trend" type="application/json">(.*?)</script>', html)
        assert json.loads(found[1]) == self.DATA

    def test_a_series_of_another_length_is_an_error(self):
        short = {**self.DATA, "series": [{"name": "注册率", "values": [1]}]}
        with pytest.raises(ValueError, match="shorter"):
            portal.chart("trend", "走势", short)


@pytest.mark.parametrize(
    ("rate", "figure", "word"),
    [
        (Rate(119, 113), "94.95", "未达标，还差 1 人"),
        (Rate(18, 17), "94.44", "未达标，还差 1 人"),
        (Rate(20, 19), "95.00", "达标，还差 1 人完成"),
        (Rate(20, 20), "100.00", "已全部完成"),
        (Rate(), "—", "不适用"),
    ],
)
def test_a_rate_says_in_words_where_it_stands(rate, figure, word):
    html = render_component("rate", rate=rate)
    assert figure in html
    assert re.search(r"</svg>(?:</a>)?" + re.escape(word) + "<", html)


def test_passing_the_penalty_line_is_never_called_complete():
    html = render_component("rate", rate=Rate(1000, 999))
    assert "已全部完成" not in html
    assert "tone-ok" not in html


def test_a_rate_draws_both_lines_at_the_year_s_values():
    html = render_component("rate", rate=Rate(100, 50, floor_percent=90))
    assert '<line class="rate-floor" x1="90" x2="90"' in html
    assert '<line class="rate-goal" x1="100" x2="100"' in html
    assert 'width="50.00"' in html


def test_pages_mask_phones_by_the_rule_of_the_sheets():
    assert Template("{{ phone|masked_phone }}").render(Context({"phone": "010-60509356"})) == "****9356"


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_templates_hold_nothing_that_the_security_policy_refuses(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=|hx-on|javascript:", source, re.IGNORECASE)
    # A block of JSON is data: it runs nothing, and the policy does not refuse it.
    assert not re.search(r'<script(?![^>]*\s(?:src=|type="application/json"))', source)
