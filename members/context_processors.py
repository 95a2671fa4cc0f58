"""What every page shows around its content: the navigation that the user's roles open."""


def shell(request):
    return {"nav": [], "bottom_nav": [], "school": None, "roles": []}
