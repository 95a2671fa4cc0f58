"""Middleware for every page that shows people."""


class PersonalPagesStayOffShelves:
    """Forbid browsers and proxies to store pages and files of a signed-in user.

    On a shared computer nobody can then go back to them after the user has signed out. A page that sets its
    own Cache-Control keeps it.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.session.session_key:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
