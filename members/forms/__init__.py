"""What users enter, one module a subject."""

from members.forms.sign_in import SignInForm

__all__ = ["SignInForm"]
