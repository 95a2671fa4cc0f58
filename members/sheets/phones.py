"""Bring a telephone number, as people write it into a cell, to digits and the signs that matter. Pure."""

import re
import unicodedata

_MOBILE = "1[3-9][0-9]{9}"
_BEFORE = re.compile(
    r"^(?:(?:本人|联系|移动|手机|固定|办公|家庭)?(?:手机|电话|座机|联系方式|微信)(?:号码?|同号)?|tel(?:ephone)?|mobile|mob|phone|cell|本人)"
    r"(?:\.|:)*",
    re.I,
)
_BEHIND = re.compile(
    r"(?:\((?:本人|手机|微信|微信同号|同微信|电话|移动|联通|电信|办公室?|座机|家|宅)\)|[,;、。.])+$"
)
_EXTENSION = re.compile(r"\(?(?:转分机号?|转|分机号?|#|ext\.?|extension)[:.]?([0-9]{1,6})\)?$", re.I)
_DIVIDED = re.compile(rf"(?:\+?0?0?86|0)?({_MOBILE})")
_HIDES = "[*xX×•·●✱_.?※#∗⁎○◯〇□■-]"
_MASKED = re.compile(rf"((?:\+?86|0086)?-?1[3-9][0-9])-?{_HIDES}{{3,6}}-?([0-9]{{4}})")
_INSIDE = re.compile(rf"(?<![0-9])(?:\+?86-?|0086-?)?({_MOBILE})(?![0-9])")


def tidy_phone(text: str) -> str:
    """Return a text without white space, in NFKC, as the plain spelling of the telephone number in it.

    手机：138-0013-8001 (本人), 138.0013.8001 and +86(138)00138001 become 13800138001, 138____8001 becomes 138****8001,
    010-60509356分机801 becomes 010-60509356-801. Any other text stays.
    """
    bare = _BEHIND.sub("", _BEFORE.sub("", text))
    bare = re.sub(r"\.0+$", "", bare)
    if masked := _MASKED.fullmatch(bare):
        return f"{masked[1]}****{masked[2]}"
    if not bare.startswith("-") and (found := _DIVIDED.fullmatch(re.sub(r"[-()._/·•,]", "", bare))):
        return found[1]
    if bare.startswith("+"):
        bare = re.sub("[()]", "", bare)
    bare = _EXTENSION.sub(r"-\1", bare)
    return re.sub(r"^(\(?0[0-9]{2,3}\)?-?[2-9][0-9]{2,3})-([0-9]{4})(?![0-9])", r"\1\2", bare)


def find_mobiles(text: str) -> list[str]:
    """Return the full mobile numbers inside a text, in order, each once."""
    return list(dict.fromkeys(_INSIDE.findall(unicodedata.normalize("NFKC", text))))
