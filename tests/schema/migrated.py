"""Runs the migrations on the empty database in DATABASE_URL and prints two catalogues as JSON.

`folded`: the catalogue after the four folded migrations alone. `migrated`: the catalogue after all migrations.
"""

import json
import sys

import django
from django.core.management import call_command

from tests.schema.catalogue import read_catalogue


def main() -> None:
    django.setup()
    call_command("migrate", "reports", "0001_initial", verbosity=0)
    folded = read_catalogue()
    call_command("migrate", verbosity=0)
    json.dump({"folded": folded, "migrated": read_catalogue()}, sys.stdout)


if __name__ == "__main__":
    main()
