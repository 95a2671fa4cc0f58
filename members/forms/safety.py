"""Forms of the own account and of the help that a secretary gives to others."""

from django import forms


class ReasonForm(forms.Form):
    """The reason for which a secretary changes something about another account; the person reads it."""

    reason = forms.CharField(
        label="原因",
        max_length=150,
        help_text="例如：本人换了手机，当面核对过校园卡。本人会看到，并记入审计。",
    )
