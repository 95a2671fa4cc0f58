"""Forms, one module per subject."""

from members.forms.sign_in import SignInForm

__all__ = ["SignInForm"]
