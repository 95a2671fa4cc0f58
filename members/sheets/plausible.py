"""Whether a text can be a person's name: its characters, its shape, and words that never are one. Pure."""

import re
import unicodedata

from members.sheets.characters import HAN

SURNAMES = "[张王李赵刘陈杨黄周吴徐孙马朱胡郭何高罗郑梁谢宋唐许邓冯韩曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁沈任卢姚崔谭陆汪范廖贾夏韦方邹熊孟秦邱侯阎薛]"
# Marks inside a name: 古丽·阿迪力, O'Brien, Jean-Luc, J. Smith, 王伟(大).
_SIGNS = frozenset(" ·'’-.()&")
# Alphabets of mathematics, enclosed letters and the phonetic signs of mojibake (鍛ㄦ) are no letters of a name.
_NO_LETTERS = re.compile("[\u3100-\u312f\u31a0-\u31bf\u24b6-\u24e9\u2100-\u214f\U0001d400-\U0001d7ff]|^锘")
_BRACKETS = re.compile(r"\([^()]*\)$")
_TAIL = re.compile(r"(?<=[^\W\d_]) ?[0-9]{1,4}$")  # 王伟1 and 王伟2 are two people of one name
_SIGNS_INSIDE = re.compile(rf"[·'’.-]{{2}}|[-·&]$|^[-.&]|(?<=[{HAN}])['’&]|^(?:姓名|名字) ?")
_WORD = re.compile(r"[^\W\d_]")
# A name that its writer masked: 张XX, 王x明.
_MASKED = re.compile(rf"^[{HAN}][xX]+[{HAN}]?$|[{HAN}][xX]{{2,}}|[xX]{{2,}}[{HAN}]")
_KINDS = "登记|注册|认证|实名|审核|核实|确认|上报|提交|毕业|退学|休学|转学|转出|离校|注销|删除|停用|入学|报到|激活|通过|合格|退团|入团"
_WORDS = re.compile(
    "(?:学生|团员|志愿者|学员|队员|真实|中文|本人)?(?:姓名|名字|名称)"
    "|总人数|人数|平均|备注|说明|附注|日期|序号|编号|学号|手机|手机号码?|电话|联系电话|性别|政治面貌|年级|班级|专业"
    "|(?:填表|制表|审核|负责|经办|联系|填报|报送|签字|录入|统计)人|签字|签名|盖章|管理员|操作员"
    f"|(?:已|未|尚未|还未|待|不)(?:{_KINDS}|核|报)(?:用户|学生|人员|志愿者|团员)?"
    "|(?:匿名|微信|新|未知|注册|测试|普通|已注销)?(?:用户|账号|帐号|账户|游客|访客)[0-9A-Za-z]*|(?:测试)?(?:数据|人员)[0-9]?"
    "|本人|同学|学生|老师|教师|家长|志愿者|团支书|支书|团支部书记|[一-龥]{2,4}委员"
    "|共青团员|团员|群众|党员|中共党员|(?:中共)?预备党员|(?:入团|入党)?积极分子|(?:入团|入党)?申请人|发展对象"
    "|[否错已〇零丨]|全体(?:同学|学生|成员|团员)|(?:共|等)?[0-9]+人"
)
_LATIN_WORDS = re.compile(
    r"(?:test|user|admin|administrator|guest|root|demo|sample|student|name|no|nil|yes|ok|true|false|total|sum|abc|aaa|asdf|qwe)[0-9. ]*"
    r"|[a-z]|x{2,}|.*\.(?:com|cn|net|org|edu|gov)(?:\.cn)?|www\..*",
    re.I,
)


def can_be_name(name: str) -> bool:
    """Return whether a clean text without Chinese numerals and marks around it can be the name of a person.

    Letters of any script can, with the marks that names have; signs, emoji and common words cannot. Digits may follow: people of one name are numbered.
    """
    base = _TAIL.sub("", _BRACKETS.sub("", name).rstrip())
    if not _WORD.search(base) or (name.endswith(")") and len(name) > len(base) + 1 and len(base) < 2):
        return False  # 王(上龙下天) describes a character that is missing
    if any(map(str.isdigit, base)) or "(" in base or ")" in base or _SIGNS_INSIDE.search(base):
        return False
    if _NO_LETTERS.search(base) or _MASKED.search(base) or _WORDS.fullmatch(name):
        return False
    if base.isascii() and _LATIN_WORDS.fullmatch(name):
        return False
    return all(map(_may_be_in_name, base, [base] * len(base)))


def _may_be_in_name(character: str, name: str) -> bool:
    if character.isalpha() or character in _SIGNS:
        return True
    if character == ",":  # Martin Luther King, Jr.
        return name.isascii()
    return unicodedata.category(character) in ("Mn", "Mc", "Lm", "Lo") or character in "々〇"
