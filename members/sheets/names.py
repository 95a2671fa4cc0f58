"""Sort Chinese names by pinyin. Pure; the database server has no Chinese collation."""

import os
from functools import lru_cache

# sort_key looks up single characters: without its dictionary of phrases the library loads in a third of the
# time.
os.environ["PYPINYIN_NO_PHRASES"] = "true"
from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=30_000)
def _to_pinyin(character: str) -> str:
    return lazy_pinyin(character, style=Style.NORMAL)[0].lower()


def make_sort_key(name: str) -> str:
    """Return the pinyin of a name without tones: 孙悦 and 孙越 sort together, and "sun yue" finds both."""
    return " ".join(_to_pinyin(character) for character in name if not character.isspace())[:200]
