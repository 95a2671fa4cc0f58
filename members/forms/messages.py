"""The filter of the user's own messages."""

from django import forms

from members.lists import ListFilter

READ = [("", "全部"), ("unread", "未读"), ("read", "已读")]


class MessageFilter(ListFilter):
    state = forms.ChoiceField(label="状态", choices=READ, required=False)
