"""Cells with the names of people: lost characters, words that are no name, and rare names that are true."""

import pytest

from members.sheets.cells import CellError, clean_name


def read_name(cell):
    """Return the name, or "" where the cell is refused: neither is stored."""
    try:
        return clean_name(cell)
    except CellError:
        return ""


# A character is lost, hidden, described, or replaced by the sign of a program.
LOST = """
王? 王？ 王?明 ?明 ？ ?? 王¿ 王﹖ 王⁇ 王﹡ 王⁎ 王∗ 王※ 王☆ 王★ 王△ 王▲ 王◇ 王◆ 王▽ 王█ 王▇ 王▓ 王░ 王▒ 李□ 李■ 李▢ 李▣ 李◻ 李◼ 李⬜ 李⬛ 李☐ 李☒ 李囗?
李〓 李● 李○ 李◯ 李◎ 李⊙ 李¤ 李� 李�� �明 李￼ 李\ue000 李\uf8ff 李\ue5e5 \ue4c6三 李\U000f0001 李\U0010ffff 王* 王** *明 王*明 王＊ 王×
王✱ 王✻ 王❋ 王_ 王__ 王＿明 王# 王＃ 王@ 王$ 王% 王^ 王& 王+ 王= 王~ 王～ 王| 王/ 王\\ 王; 王: 王< 王> 王X 王x 王XX 王xx 王x明 王Xx 王ｘ
王··· 王… 王…… 王.. 王-- 王— 王—— 王、 王， 王。。 王! 王！ 王\x01 王\x1a明 王\x1a 王\x7f 王◌ 王[?] 王(?) 王（？） 王&#xFFFD;
王&#65533; 王&#63; 王&quest; 王\\u9f98 王%E9%BE%98 王&#龘; 王&# 王[龙天] 王(上龙下天) 王{龙} 王<unk> 王[UNK] 王⿱龙天 王⿰火华 ⿱龙天 王〾明
王𪚥?
"""
# Chinese that was read in another encoding, or an escape that nobody decoded.
RECODED = """
锟斤拷 锟斤拷锟斤拷 烫烫烫 屯屯屯 寮犱笁 鐜嬩簲 鏉庡洓 璧靛叚 é\x99\x88 ÕÅÈý ÍõÎå ÀîËÄ å¼ä¸‰ å¼ ä¸‰ ÃÂ Ã¥Â¼Â Ã¤Â¸Â‰ ï¿½ ï¿½ï¿½ï¿½ ????
鐟嬪皬鏄? 寮犱笁涓? 闄堟槑 闄堟槑杈? 榛勮€€ 鍒樻磱 瀛欐偊 鍛ㄦ 鍛ㄦ鐢? 鏉ㄩ槼 å\xad\x99æ\x82¦ ææ éå èµµå\xad ë‚¨ ÖÜÍ© ËïÔÃ »Æ»ª ÁõÑó Ñî¹â
³ÂÃ÷ »ÆÒ« 寮犱�? Ã¤Â¸â€° ÐÕÃû Õ�È� 锘垮紶涓 ÿþ_ \\xe5\\xbc\\xa0 \\u5f20\\u4e09 %E5%BC%A0%E4%B8%89 =E5=BC=A0
&#24352;? ¡¡ ＄
"""
# Words of forms and systems, dates, numbers, units, several people.
WORDS = """
用户 用户123 用户123456 用户a8f3 匿名用户 微信用户 新用户 未知用户 已注销用户 已注销 已删除 已毕业 已退学 已休学 已转出 已离校 未登记 未注册 未认证 待核实 待确认 待审核 未报到 未实名
不通过 测试用户 test Test TEST test1 admin Admin user User1 guest 管理员 姓名 名字 学生姓名 真实姓名 团员姓名 志愿者姓名 本人 同学 学生 团员
备注 填表人 制表人 审核人 负责人 签字 签名 盖章 班级 共青团员 群众 中共党员 法学1801班 计算机1班 2018级
http://a.cn www.a.cn a@b.cn zhangsan@qq.com 13800138001 138****8001 10月1日 2018-10-01 2018/10/1 2018年10月1日
10-Oct 3月1日 2018年3月 12:30 1.5 2.5h 2小时 100% ¥12 1,234 NO.1 No1 第1名 1号 #1 1 12 123 1234 ① ⑴ 一、 (一) 1. 1、 -1
1e5 =A1 =张三 +张三 -张三 @张三 \"张三\",\"李四\" 张三、李四 张三,李四 张三;李四 张三/李四 张三，李四 张三等3人 共3人 3人 TRUE FALSE 否 √ × 错 Y 已
见名单
"""
DECORATED = [
    '「张三」', '【张三】', '[张三]', '(张三)', '（张三）', '姓名：张三', '姓名:张三', '姓名 张三', '1.张三', '1、张三', '1 张三', '01张三', '①张三',
    '（1）张三', '张三*', '*张三', '张_x000D_三', '张<br>三', '张\\n三', '㈠', '㍿', '🐯', '王🐯', '张三👍', '王😊明', '★张三', '张三★',
    '☑张三', '张三✓', '&lt;张三&gt;', '<b>张三</b>', '𝒥𝑜𝒽𝓃', '𝐉𝐨𝐡𝐧',
]  # fmt: skip

TRUE_NAMES = """
张三 安知行 王䶮 李㛃 李𬀩 𠮷田 王𠮷祥 李𫖯 𬱖 刘𬴂 张𬭎 陈𣲘 㐂乐 㑇 李〇 武则天 武曌 欧阳修远 司马相如 上官婉儿 诸葛亮 东方朔 阿依古丽·买买提 迪丽热巴·迪力木拉提
买买提明·阿卜杜热合曼·艾合买提 尼格买提·热合曼 古力娜扎尔·拜合提亚尔 热依扎·阿里木江 努尔兰·哈力克 巴特尔 乌云其其格 孛儿只斤·铁木真 呼和·巴特尔 扎西 扎西多吉 次仁卓玛 格桑梅朵 丹增·次仁 仁青多杰
洛桑·丹增·嘉措 拉姆 玛依拉 帕提古丽·吐尔逊 玉素甫·哈斯·哈吉甫 阿卜杜热西提·阿卜杜克热木 巴哈尔古丽 吾买尔江 艾 王 一 丁一 乙一 万一 李一 李二 张三丰 王五 王二小 赵六 李四光 万万 王八一
张十三 九儿 百里奚 千寻 万俟雅 零露 李零 李半夏 张无忌 吴缺 吴空 王没 黄略 郭略 徐略 武略 赵没有 未央 李未央 李未知 何不详 王不明 何未定 空海 孔空 李空 安无恙 申屠无 莫无言 莫愁 吴名 吴明
吴人 佟上 任上 王佚名 郑待 郑同 佟同学 钱学生 任本人 何必 何不 史努比 成功 高兴 高峰 安全 安静 王者 王权 白求恩 马克 慕容复 梅毅 梅友 常正常 章有效 苗是 施是 石是 师是 曾有 余有 张男
李女 娜仁 甲乙 甲申 张甲 冯乙 丁丁 丙辰 戊戌 张东南 李西北 卜一 卜二 田烫 吴锟 吴拷 李屯 李锟 锟 龙𠮷 骉骉 李骉 王犇 朱垚 李淼 张焱 林森 王鑫 赵磊 猋 麤 龘 靐 齉 李爨 爨莉 逄博 亓官
仉督 缑敏 妫 嬴政 郗鉴 鄢然 窦唯 乜一 令狐冲 夔 牟仁 禤国维 冼星海 邝露 尹卓 朴智妍 尉迟恭 长孙无忌 独孤信 宇文 张·三 叶尔兰 哈斯·额尔敦 阿不都·热西提 达瓦 尼玛 米玛 拉巴 巴桑 边巴 强巴
德吉 白玛 丁真 Li Zhang Müller José Zoë Åsa Łukasz Ольга 이영희 김철수 さくら 佐藤 山田太郎 スミス 田中々 佐々木 李·Smith O'Brien O’Neill
Jean-Luc D'Angelo Ng Nguyễn Ñandú Đặng Özil Sørensen Çelik Šimić Žižek Björn Françoise Đỗ 王小明(Wang) 李娜Lina Xi
无名 男 毕业 合计 正常 有效 空空 何备注 程示例 张三A 张三B 王伟1 王伟2 王伟(大) 王伟(女) 买买提·A 一二三 甲 李
"""
WITH_SPACES = [
    'John Smith', 'Mary Ann Lee', 'J. Smith', 'Martin Luther King Jr.', 'Anna-Maria da Silva', 'Nguyễn Văn An',
    'Kim Jong Su', 'MUHAMMAD ALI', 'Li Lei', '王小明 Wang', 'Louis XIV', 'NA LI', 'Na Li', 'Nan Li', 'None Li',
    'Null Smith', 'Jane Doe',
]  # fmt: skip
DOTS = [
    '·', '•', '・', '．', '.', '･', '‧', '∙', '⋅', '᛫', '⸱', 'ㆍ', '。', '●', '﹒', '｡', ' · ', '· ', ' ·', ' . ',
    '・ ', '&middot;', '&#183;', '&#xB7;', '&#XB7;', '&amp;middot;', '&amp;amp;middot;', '&amp;#183;', '&#00183;',
    '&bull;', '&#8226;', '&centerdot;', '··', '\xb7\u200b', '\u200b\xb7', '•︎',
]  # fmt: skip
SPACES = [
    ' ', '\u3000', '\xa0', '  ', '\u2002', '\u2003', '\u2009', '\u200a', '\u202f', '\u205f', '\t', '\n', '\r\n',
    '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff', '\xad', '\u180e', '️', '︀', '󠄀', '󠄁', '&nbsp;', '&#160;',
    '&#12288;', '&emsp;', '&ensp;', '&thinsp;', '&#x3000;', '&zwnj;', '&#8203;', '\u2028', '\u2029', 'ᅟ', 'ㅤ',
    'ﾠ', '⠀',
]  # fmt: skip
AROUND = [
    "'张三", '’张三', '‘张三', ' 张三 ', '\ufeff\u5f20\u4e09', '\u5f20\u4e09\x00\x00', '="张三"', '"张三"', '“张三”', '张三.',
    '张三。', '张三，', '张三,', '张三;', '张三、', '\u5f20\u4e09\u202c', '\u202d\u5f20\u4e09',
]  # fmt: skip
VARIANTS = [
    ('葛󠄀天', '葛天'), ('⼈⽅', '人方'), ('⻢云', '马云'), ('⾼⼭', '高山'), ('⻄⻄', '西西'), ('⺠⽣', '民生'), ('⻓江', '长江'),
    ('⻋⻋', '车车'), ('⻰⻰', '龙龙'), ('⻩⻛', '黄风'), ('⻬⻘', '齐青'), ('律', '律'), ('李亂', '李亂'), ('王\ue863', '王䶮'),
    ('Ｊｏｈｎ\u3000Ｓｍｉｔｈ', 'John Smith'), ('ｊｏｈｎ', 'john'), ('José', 'José'), ('Zoë', 'Zoë'), ('⼀⼆', '一二'),
    ('張三', '張三'), ('丽三', '丽三'), ('羽羽', '羽羽'), ('&#24352;&#19977;', '张三'), ('&#x5F20;&#x4E09;', '张三'),
    ('&amp;#24352;三', '张三'), ('O&#39;Brien', "O'Brien"), ('O&apos;Brien', "O'Brien"), ('Jos&eacute;', 'José'),
    ('M&uuml;ller', 'Müller'),
]  # fmt: skip


@pytest.mark.parametrize("cell", [*LOST.split(), *RECODED.split(), *WORDS.split(), *DECORATED])
def test_what_is_no_whole_name_is_never_stored_as_one(cell):
    assert read_name(cell) == ""


@pytest.mark.parametrize("name", [*TRUE_NAMES.split(), *WITH_SPACES])
def test_a_rare_name_stays_as_it_is(name):
    assert clean_name(name) == name


@pytest.mark.parametrize("dot", DOTS)
def test_every_middle_dot_is_one_dot(dot):
    assert clean_name(f"阿依古丽{dot}买买提") == "阿依古丽·买买提"


@pytest.mark.parametrize("space", SPACES)
def test_no_space_inside_a_chinese_name_is_kept(space):
    assert clean_name(f"张{space}三") == "张三"


@pytest.mark.parametrize("cell", AROUND)
def test_marks_around_a_name_are_no_part_of_it(cell):
    assert clean_name(cell) == "张三"


@pytest.mark.parametrize(("cell", "name"), VARIANTS)
def test_a_variant_of_a_character_is_the_character(cell, name):
    assert clean_name(cell) == name


@pytest.mark.parametrize("cell", ["李\ufffc", "李●", "王···", "王..", "王•", "王…"])
def test_a_sign_for_a_lost_character_does_not_vanish_with_the_marks_around(cell):
    with pytest.raises(CellError, match="姓名"):
        clean_name(cell)
