"""Words for nothing, zeros and error values in every column, and honest names that only look like them."""

import pytest

from members.sheets.cells import (
    CellError,
    clean_date,
    clean_label,
    clean_name,
    clean_number,
    clean_organisation,
    clean_phone,
)
from members.sheets.durations import clean_minutes

CLEANERS = [clean_name, clean_number, clean_label, clean_organisation, clean_phone]


def is_no_data(clean, cell) -> bool:
    """Return whether nothing of the cell is stored: it says nothing, or it is refused."""
    try:
        return clean(cell) in ("", None)
    except CellError:
        return True


NOTHING = """
无 暂无 没有 尚无 均无 皆无 都无 目前无 目前没有 暂时没有 暂时无 暂未 还没有 空 空值 空白 空缺 为空 缺 缺失 暂缺 缺省 未知 不详 未详 不明 不清楚 不知道 不清 不知 不晓得 待定 未定 待补
待补充 待填 待填写 待完善 待确定 待更新 待查 待查询 待录 待录入 待提供 待统计 待收集 后补 后续补充 稍后补充 补 未填 未填写 没填 没填写 未提供 未录入 未采集 未获取 未说明 未选择 未选 未设置
未维护 请选择 请填写 请输入 无数据 暂无数据 无内容 无记录 无信息 暂无信息 无此项 无此信息 不适用 不涉及 不填 免填 未分配 待分配 未编号 见附件 详见附件 见附表 附后 见备注 详见备注 见后 同上
同前 同左 同右 如上 如前 同下 以上 略 省略 从略 (略) 保密 不公开 不便透露 不便提供 隐藏 拒填 本人未提供 无需填写 无须填写 不需填写 没 木有 无效值 无姓名 无名氏 佚名 匿名 查无此人
无人 无学号 没有学号 暂无学号 无编号 暂无编号 无手机 无手机号 无电话 暂无电话 未留电话 空号 无法获取 无法提供 默认 默认值 缺考 nan NaN NAN na NA n/a N/A n.a. n.a
N.A. N／A nil null NULL Null (null) <null> [null] \"null\" none None NONE nat NaT <NA> nul undefined Undefined
undef unknown Unknown UNKNOWN empty blank void missing tbd TBD tba todo TODO \\N \\n N\\A N-A n-a NaN.0
[object Object] {} [] () null,null null/null 无/无 无、无 无，无 /无 无/ --无-- 无。 （无） (无) 【无】 [无] 「无」 『无』 〔无〕 \"无\" “无”
‘无’ '无 —— — - -- －－ － ／ / // \\ \\\\ · 。 . .. ... … …… 、 ， , * ** *** × ○ ◯ ✕ ✗ ~ ～ ? ?? ？ ？？ ! _ __ ___ = ==
+ | ｜ ∕ N.A no No NO xx xxx XXX xxxx
"""
ERRORS = """
#N/A #n/a ＃N/A #N／A #N/A! #REF! #REF ！#REF #REF！ #VALUE! #VALUE #DIV/0! #DIV/0 #NAME? #NAME？ #NUM! #NULL!
#SPILL! #CALC! #FIELD! #BLOCKED! #UNKNOWN! #CONNECT! #BUSY! #GETTING_DATA #PYTHON! #EXTERNAL! #TIMEOUT! #####
######## ＃＃＃＃ #错误! #名称? #值! #引用! #数值! 错误:502 Err:508 #N/A\u200b '#N/A =NA() =VLOOKUP(A1,B:C,2,0) =A1
=IF(A1=\"\",\"\",A1) +A1 @SUM(A1)
"""
ZEROS = """
0 00 000 0.0 0.00 ０ ０．０ -0 0% +0 0, (0) [0] 0. '0 false False FALSE true TRUE True 0/0 0E+00 00000000
0000000000 -0.0
"""
HONEST = """
无锡班 无偿献血 无障碍协会 无人机协会 无声课堂 空军班 略阳支教 没有围墙的图书馆 待客之道 未来之星 未名湖社 不详之谜读书会 暂无标题音乐节 缺角的圆阅读 空间站科普 匿名信箱值守 保密宣传 隐藏的天使
同上一堂课 同上讲台 以上海为例 默认值讲解 N次方公益 X计划 NANA班 Null山 Nancy志愿队 Nina 法0 0班 10 1801 3-1 1.0版 C++班 R&D班 AT&T 1+1助学 24点
#1班 #号班 A*算法小组 你知道吗？ 听，风在说 “爱心”助学 【助残】陪伴 零起点班 零距离 真假课堂 False朋友英语角 True班 春·运 志愿者之家 No.1班 2018级1班 18级 一+一 一对一
0-3岁早教 〇〇后宣讲 A班 None的故事 nil班 空谷幽兰社 不知道的事 待定系数法小组 待查资料室
"""
# Where 未登记 or 待完善 is written, something is not in force: it is no empty cell below 注册时间 or 服务时长.
NOT_YET = """
未登记 未注册 未取得 待完善 待核实 待审核 未提供 待查 后补 未上报
"""


@pytest.mark.parametrize("word", NOTHING.split())
@pytest.mark.parametrize("clean", CLEANERS)
def test_a_word_for_nothing_is_no_data(clean, word):
    assert is_no_data(clean, word)


@pytest.mark.parametrize("word", NOTHING.split())
def test_a_word_for_nothing_is_no_day_and_no_duration(word):
    assert is_no_data(clean_date, word)
    assert is_no_data(clean_minutes, word) or word == "〇"


@pytest.mark.parametrize("word", ERRORS.split())
@pytest.mark.parametrize("clean", [*CLEANERS, clean_date, clean_minutes])
def test_an_error_value_or_a_formula_is_no_data(clean, word):
    assert is_no_data(clean, word)


@pytest.mark.parametrize("word", ZEROS.split())
@pytest.mark.parametrize("clean", [clean_name, clean_number, clean_label, clean_organisation])
def test_zero_is_no_name(clean, word):
    assert is_no_data(clean, word)


@pytest.mark.parametrize("text", HONEST.split())
def test_a_title_that_contains_such_a_word_stays(text):
    assert clean_label(text) == text


@pytest.mark.parametrize("word", NOT_YET.split())
@pytest.mark.parametrize("clean", [clean_date, clean_minutes])
def test_not_yet_is_no_empty_cell_of_a_day_or_a_duration(clean, word):
    with pytest.raises(CellError):
        clean(word)
