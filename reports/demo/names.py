"""Invented names with the difficulties of real rosters: same names, middle dots, rare characters."""

from random import Random

# In the order of frequency.
SURNAMES = (
    "王 李 张 刘 陈 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭 曾 肖 田 董 潘 袁 蔡 蒋 余 "
    "于 杜 叶 程 魏 苏 吕 丁 任 卢 姚 沈 钟 姜 崔 谭 陆 范 汪 廖 石 金 韦 贾 夏 付 方 邹 熊 白 孟 秦 邱 侯 江 尹 薛 闫 段 雷 "
    "龙 黎 史 陶 贺 毛 郝 顾 龚 邵 万 覃 武 钱 戴 严 莫 孔 向 常 欧阳 上官 司徒 诸葛 尉迟 夏侯 令狐"
).split()
MALE = "伟强磊洋勇军杰涛超明刚平辉鹏浩宇轩泽睿晨宏志文博天昊子俊嘉思家一云林凯健毅恒诚卓航景承远书逸旭峰瀚铭哲楷佑霖川岳立安"
FEMALE = "芳娜敏静丽艳娟霞燕玲雪梅琳晶欣怡佳雨婷悦涵梦诗思语一子可若心文慧颖瑶琪璇萱彤妍宁菲雅然晓月清初舒羽澜禾苒念夏岚蕊茜"
# Given name and father's name with a dot between; Tibetan names of two parts; whole Mongolian and Yi names.
DOTTED = {
    "male": "阿卜杜拉 艾力 库尔班 艾山 叶尔兰 木拉提 玉山江 阿迪力 麦麦提".split(),
    "female": "阿依古丽 古丽米热 迪丽拜尔 祖丽胡马尔 巴哈尔古丽 阿依达娜 热依拉 帕丽扎提".split(),
}
FATHERS = "买买提 吐尔逊 热合曼 玉素甫 哈力 别克 阿卜力孜 艾则孜 艾合买提江 托合提 努尔兰 伊敏 赛买提".split()
TWO_PARTS = {
    "male": ("扎西 洛桑 丹增 格桑 多吉 次仁".split(), "多吉 次仁 平措 旺堆 顿珠 罗布".split()),
    "female": ("卓玛 白玛 德吉 格桑 央金 达瓦".split(), "央宗 拉姆 曲珍 卓嘎 措姆 梅朵".split()),
}
WHOLE = {
    "male": "巴图孟克 苏和巴特尔 吉克木呷 阿尔布古 那日苏".split(),
    "female": "乌云格日乐 萨仁图雅 吉克阿依 娜仁托娅 其其格".split(),
}
# Some are beyond the basic plane of Unicode, where fonts and old programs fail.
RARE = "昇燚喆堃犇垚骉翀赟祎玥禛珺淼旻昪㛃䶮𬭎𠮷𫖯𬸚"
# Names that a school of this size really has more than once.
COMMON = {
    "male": "张伟 王磊 李强 刘洋 王浩然".split(),
    "female": "王芳 李娜 张敏 王静 陈雨欣".split(),
}


def draw_name(random: Random, gender: str) -> str:
    """Return a name. Of a hundred about three are minorities', three are common and two have a rare
    character."""
    lot = random.random()
    if lot < 0.03:
        return _draw_minority_name(random, gender)
    if lot < 0.06:
        return random.choice(COMMON[gender])
    # Half of the people have one of the first quarter of the surnames.
    surname = SURNAMES[int(len(SURNAMES) * random.random() ** 2)]
    given = MALE if gender == "male" else FEMALE
    first = random.choice(RARE) if lot < 0.08 else random.choice(given)
    second = random.choice(given) if random.random() < 0.78 else ""
    return surname + first + (second if second != first else "")


def _draw_minority_name(random: Random, gender: str) -> str:
    kind = random.choice(("dotted", "two parts", "whole"))
    if kind == "dotted":
        return f"{random.choice(DOTTED[gender])}·{random.choice(FATHERS)}"
    if kind == "two parts":
        first, second = TWO_PARTS[gender]
        return random.choice(first) + random.choice(second)
    return random.choice(WHOLE[gender])
