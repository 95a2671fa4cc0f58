"""Ask a signed-in person to prove again who they are before a page that can do great harm (requirements §1).

The proof is that of allauth: password, authenticator or passkey, or the sign-in itself. It holds for
ACCOUNT_REAUTHENTICATION_TIMEOUT seconds. A submitted form is kept in the session meanwhile and is sent when the
person comes back.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pghistory
from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

KEPT_FORM = "kept_form"
RESUME = "resume"  # the parameter of the address that sends the kept form
FILES_LOST = "为保护账号安全，请先确认是您本人。文件没有上传，确认后请重新填写表单并选择文件。"
AGAIN = "为保护账号安全，请先确认是您本人。确认后请再点一次下载。"


def is_confirmed(request) -> bool:
    """Return whether the person signed in or proved who they are within the time that the settings give."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def ask_to_confirm(request, page: str, *, sends_file: bool = False) -> HttpResponse | None:
    """Return the redirect to the proof, or None if the last proof is recent.

    `page` is the address of the page on which the person is: there they return to after a download (`sends_file`),
    and after a form with files, which a session cannot keep. A form without files is kept and sent later.
    """
    if is_confirmed(request):
        return None
    back = request.get_full_path()
    if sends_file:
        messages.info(request, AGAIN)
        back = page
    elif request.method == "POST":
        if request.FILES:
            messages.warning(request, FILES_LOST)
            back = page
        else:
            back = keep_form(request, request.user.pk)
    return redirect(reverse("confirm_identity", query={"next": back}))


def keep_form(request, owner: int) -> str:
    """Keep a submitted form in the session for its person, the owner, and return the address that sends it."""
    token = secrets.token_urlsafe(16)
    request.session[KEPT_FORM] = {
        "token": token,
        "owner": owner,
        "path": request.path,
        "query": request.META.get("QUERY_STRING", ""),
        "data": request.POST.urlencode(),
    }
    return f"{request.path}?{RESUME}={token}"


@contextmanager
def resume_form(request) -> Iterator[None]:
    """Turn the return from the proof into the form that was kept; any other request stays as it is.

    A kept form is sent once, by its person, and only from the address that they were sent back to.
    """
    token = request.GET.get(RESUME) if request.method == "GET" else None
    kept = request.session.get(KEPT_FORM) if token else None
    came = (token, request.path, request.user.pk)
    if not kept or (kept["token"], kept["path"], kept["owner"]) != came:
        yield
        return
    del request.session[KEPT_FORM]
    request.FILES  # noqa: B018  # read first: reading the files later would replace the data of the form
    request.method = "POST"
    request.META["QUERY_STRING"] = kept["query"]
    request.GET, request.POST = QueryDict(kept["query"]), QueryDict(kept["data"])
    # The middleware opens this context for POST only, and this request came as GET.
    with pghistory.context(user=request.user.pk, url=request.path):
        yield
