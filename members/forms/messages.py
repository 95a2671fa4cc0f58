"""Narrowing the own messages."""

from django import forms

READ = [("", "全部"), ("unread", "未读"), ("read", "已读")]


class MessageFilter(forms.Form):
    state = forms.ChoiceField(label="状态", choices=READ, required=False)

    def __init__(self, data):
        super().__init__(data, auto_id="filter_%s")

    def narrow(self, messages):
        """The messages that the filter leaves; none where it holds something invalid."""
        if not self.is_valid():
            return messages.none()
        match self.cleaned_data["state"]:
            case "unread":
                return messages.unread()
            case "read":
                return messages.exclude(read_at=None)
        return messages
