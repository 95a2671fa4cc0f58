"""The words that people and programs write into a cell that has no value (requirements §4). Pure."""

import re
import unicodedata

# Compared without spaces, marks around the word, width and case. A word of this table is never a name, number,
# unit, street, title or code. An empty cell changes nothing; so does such a word.
WORDS = frozenset(
    [
        "无",
        "暂无",
        "没有",
        "尚无",
        "均无",
        "空",
        "空值",
        "空白",
        "空缺",
        "暂缺",
        "暂空",
        "缺",
        "缺失",
        "未知",
        "不详",
        "未详",
        "不明",
        "不清楚",
        "不知道",
        "待定",
        "未定",
        "待补",
        "待补充",
        "待填",
        "待填写",
        "未填",
        "未填写",
        "没填",
        "没填写",
        "未录入",
        "待录入",
        "未选择",
        "请选择",
        "请填写",
        "请输入",
        "必填",
        "选填",
        "无数据",
        "暂无数据",
        "无内容",
        "无记录",
        "无此项",
        "不适用",
        "未分配",
        "待分配",
        "未设置",
        "同上",
        "同前",
        "如上",
        "同左",
        "同右",
        "以上",
        "略",
        "省略",
        "nan",
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "nil",
        "null",
        "none",
        "nat",
        "nul",
        "undefined",
        "undef",
        "unknown",
        "empty",
        "blank",
        "void",
        "missing",
        "tbd",
        "tba",
        "todo",
        "\\n",
    ]
)
_THING = (
    "姓名|名字|学号|工号|编号|证号|号码|手机(?:号码?)?|电话(?:号码?)?|联系(?:方式|电话|人)|信息|内容|数据|记录|资料|备注|职务|任职|职位|单位"
    "|学院|支部|团支部|班级|项目|团体|组织|队伍|邮箱|日期|时间|地址|数值|志愿者编号|(?:此|该|本)(?:项|人|列|栏)|(?:此|该|相关|有效)(?:信息|数据|内容|记录)"
)
# Words made of parts: 目前没有, 暂无学号, 未提供, 待补全, 电话不详, 见附件.
_MADE = re.compile(
    f"(?:目前|暂时|暂|尚|均|皆|都|全|还|本人)*(?:无|没有|没)(?:{_THING}|需填写?|须填写?|法(?:获取|提供|确定|联系|核对))?|暂未|木有"
    "|(?:本人|暂|尚|还|目前)*未(?:提供|采集|获取|获得|取得|说明|选|维护|编号|命名|统计|收集|注明|补|补充|完善|知悉|告知|填报|回填|留|留电话|任职|安排|明确)"
    "|(?:有|尚)?待(?:完善|确定|更新|查|查询|查证|录|提供|统计|收集|补全|补录|补齐|补报|通知|安排|明确|落实|商定|完成|编|编号|填报)"
    "|(?:后|稍后|后续|以后|随后|另行|下次)(?:再)?(?:补|补充|补填|提供|通知|填写?)|补|补充"
    "|(?:本人|记)?不(?:清|知|晓得|记得|确定|涉及|填|公开|方便|便(?:透露|提供|告知|公开)|(?:需|用|必|须)填?写?)|免填|拒填|拒绝(?:填写|提供)"
    "|(?:请|详|具体)*见(?:附件|附表|附录|附页|附后|备注|后|下|上|前|下表|上表|名单|表|表格|说明|系统)[0-9一二三]?|附后|附件[0-9一二三]?"
    "|(?:同|如)(?:上|下|前|后|左|右)(?:行|列|栏|格|表|所述)?|从略|略去|暂略|保密|隐藏|已隐藏|匿名|佚名|无名氏|无人|查无(?:此人)?|空号|为空|空着|缺省|缺考"
    f"|默认值?|无效值|(?:{_THING})(?:不详|未知|不明|不清楚?|待定|待补充?|缺失?|暂缺|未填写?|未提供|保密|为空)"
    "|n[-\\\\/]a|nan\\.0|xx+|no|object"
)
_BETWEEN = re.compile(r"[/\\\\,;、|]+")
# What a spreadsheet shows instead of a value that it cannot compute, or that its column is too narrow for.
_ERROR = re.compile(
    r"#(?:n/a(?:n/a)?|na|ref!?|name\??|value!?|div/0!?|null!?|num!?|spill!?|calc!?|field!?|blocked!?|unknown!?|connect!?"
    r"|busy!?|getting_data|error!?|python!?|external!?|timeout!?|错误!?|值!?|引用!?|数值?!?|名称[!?]?|空!?|除0!?)!?|#{2,}|(?:err|错误):[0-9]{3}"
)
# A formula that was stored as its text.
_FORMULA = re.compile(r"\s*[=＝+@＋](?:[A-Za-z.]{2,20}[(（]|\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?![0-9A-Za-z]))")
_ZERO = re.compile(r"[+\-]?0+(?:\.0*)?(?:e[+\-]?0+)?%?|0/0")
_PLAIN = re.compile("[0-9A-Za-z\u4e00-\u9fff]+")
_AROUND = "()[]{}<>【】《》〈〉「」『』〔〕“”\"'’‘`‘.。,，、;；:：!！~_-"
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－", "-"))
_LONGEST = 12  # of the words that are made of parts
_RARE = frozenset(
    "0123456789张王李赵刘陈杨黄周吴徐孙马朱胡郭林高罗郑梁谢宋唐许邓冯韩曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁卢姚姜崔谭陆汪范金石廖贾夏"
)  # no such word begins so
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_DASHES).casefold()
    return "".join(c for c in plain if unicodedata.category(c) not in _UNSEEN and not c.isspace())


def means_nothing(text: str) -> bool:
    """Return whether a text says that there is no value: 无, /, ……, nan, 待定 or (空); not 0.

    A text without any letter or digit says nothing, but an error value is no word for nothing.
    """
    if _PLAIN.fullmatch(text):  # nearly every cell
        return text in WORDS or text.casefold() in WORDS
    plain = _fold(text)
    if _ERROR.fullmatch(plain.strip("'")):
        return False
    bare = plain.strip(_AROUND)
    return plain in WORDS or bare in WORDS or not any(map(str.isalnum, plain))


def names_nothing(text: str) -> bool:
    """Return whether a text means nothing where a name, a number or a title belongs: also 暂无学号, 见附件, 无/无.

    Days and durations do not ask this: 未取得 or 待完善 below 注册时间 is no empty cell.
    """
    if means_nothing(text):
        return True
    if _PLAIN.fullmatch(text):
        return _is_made(text)
    bare = _fold(text).strip(_AROUND)
    parts = [part.strip(_AROUND) for part in _BETWEEN.split(bare)]
    return _is_made(bare) or (
        len(parts) > 1 and all(not one or one in WORDS or _is_made(one) for one in parts)
    )


def _is_made(text: str) -> bool:
    return text[:1] not in _RARE and len(text) < _LONGEST and bool(_MADE.fullmatch(text.casefold()))


def is_zero(text: str) -> bool:
    """Return whether a text is 0, the value of a formula that looks up an empty cell; no name and no number is 0."""
    if _PLAIN.fullmatch(text):
        return not text.strip("0")
    plain = _fold(text)
    return bool(_ZERO.fullmatch(plain) or _ZERO.fullmatch(plain.strip(_AROUND)))


def is_error_value(text: str) -> bool:
    """Return whether a text is an error value of a spreadsheet, as #N/A or #REF!, or the ##### of a narrow column."""
    return not _PLAIN.fullmatch(text) and bool(
        _ERROR.fullmatch(_fold(text).strip("'!")) or _FORMULA.match(text)
    )


def is_truth_value(text: str) -> bool:
    """Return whether a text is TRUE or FALSE, as a program writes a tick."""
    return (text if _PLAIN.fullmatch(text) else _fold(text)).casefold() in ("true", "false")
