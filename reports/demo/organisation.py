"""The invented school's colleges, and invented streets in the city's districts."""

from dataclasses import dataclass
from datetime import date
from random import Random

CODE, NAME = "MH", "明湖大学"

# Each college has these majors; each major has one branch a year.
COLLEGES = {
    "文学院": ("汉语言", "新闻"),
    "历史文化学院": ("历史", "文博"),
    "法学院": ("法学", "社会工作"),
    "经济管理学院": ("会计", "金融"),
    "数学与统计学院": ("数学", "统计"),
    "物理学院": ("物理", "光电"),
    "化学与材料学院": ("化学", "材料"),
    "信息工程学院": ("计算机", "通信"),
    "环境与生命学院": ("环境", "生物"),
    "艺术与设计学院": ("视觉传达", "音乐"),
}
# 40 characters: the longest name that a roster is likely to contain; pages must have room for it.
LONG = "人工智能与大数据交叉学科拔尖创新人才培养实验班{grade}级本硕贯通第一团支部（筹）"

STREETS = {
    "urban": {
        "海淀区": "柳泉 双桥铺 清澜 文慧园 北坞 学知",
        "朝阳区": "望河 槐坝口 枣园里 金盏路 百子桥",
        "西城区": "月牙胡同 南礼 什景",
        "东城区": "钟楼湾 龙潭东 和平巷",
        "丰台区": "卢桥 马家铺 花园桥南",
        "石景山区": "模式园 古城西",
    },
    "suburban": {
        "延庆区": "榆林堡 沙梁",
        "密云区": "溪湾 古北川",
        "怀柔区": "雁栖湾 渤河",
        "门头沟区": "永定湾 潭柘里",
        "房山区": "长沟峪 琉河",
    },
}


@dataclass(frozen=True)
class BranchPlan:
    college: str
    name: str
    grade: int
    size: int  # people
    has_secretary: bool = True


def list_grades_on(today: date) -> range:
    """Return the four years of entry at the school on that day; the academic year starts in September."""
    newest = today.year if today.month >= 9 else today.year - 1
    return range(newest - 3, newest + 1)


def build_branch_plans(random: Random, today: date) -> list[BranchPlan]:
    """Return about 80 branches of 12 to 38 people.

    Some are special: a long name, two people, nobody, no secretary.
    """
    grades = list_grades_on(today)
    plans = [
        BranchPlan(
            college, f"{major}{grade % 100:02d}01团支部", grade, _draw_size(random), random.random() > 0.04
        )
        for college, majors in COLLEGES.items()
        for major in majors
        for grade in grades
    ]
    newest = grades[-1]
    return [
        *plans,
        BranchPlan("信息工程学院", LONG.format(grade=newest), newest, 21),
        BranchPlan(
            "历史文化学院", f"古籍修复{grades[1] % 100:02d}01团支部", grades[1], 2, has_secretary=False
        ),
        BranchPlan("艺术与设计学院", f"戏剧{newest % 100:02d}01团支部", newest, 0, has_secretary=False),
    ]


def _draw_size(random: Random) -> int:
    return min(38, max(12, round(random.gauss(25, 6))))


def build_street_rows(random: Random, today: date) -> list[dict]:
    """Return about thirty rows of Street.

    Urban ones have a cap of five, suburban ones of three; some are full.
    """
    return [
        {
            "district": district,
            "name": f"{name}{'街道' if kind == 'urban' else '镇'}",
            "kind": kind,
            "contact": f"{random.choice('赵钱孙李周吴郑王')}老师",
            "contact_phone": f"010-5550{random.randrange(10_000):04d}",
            "taken_elsewhere": random.randrange(6 if kind == "urban" else 4),
            "taken_as_of": today,
            "taken_source": "演示数据",
        }
        for kind, districts in STREETS.items()
        for district, names in districts.items()
        for name in names.split()
    ]
