"""What belongs around every page that shows people."""


class PersonalPagesStayOffShelves:
    """Pages and files of a signed-in user are not kept by browsers or proxies: on a shared computer nobody leafs
    back to them after the user has signed out. Pages that set their own rule keep it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.session.session_key:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response
