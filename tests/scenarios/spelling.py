"""The ways in which people and systems write the same number, name, day or duration into a cell."""

import random
from datetime import date, datetime, time, timedelta

DOTS = "·•・．‧"
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")

HEADERS = {
    "roster": {
        "student_no": ["学号", "学籍号", " 学 号 ", "学号*"],
        "name": ["姓名", "姓  名", "学生姓名"],
        "college": ["学院", "所在学院", "学院名称"],
        "branch": ["团支部", "所在团支部", "支部名称"],
        "politics": ["政治面貌", "发展阶段"],
        "phone": ["手机", "手机号码", "联系电话"],
        "state": ["状态", "学籍状态"],
    },
    "volunteers": {
        "volunteer_no": ["志愿者编号", "志愿北京编号"],
        "name": ["姓名", "志愿者姓名"],
        "phone": ["手机", "手机号", "联系电话"],
        "registered_on": ["注册时间", "注册日期"],
        "student_no": ["学号", "学籍号"],
    },
    "hours": {
        "record_no": ["记录编号"],
        "student_no": ["学号", "学籍号"],
        "volunteer_no": ["志愿者编号", "志愿北京编号"],
        "name": ["姓名"],
        "title": ["项目名称", "服务项目", "活动名称"],
        "day": ["服务日期", "日期"],
        "start": ["开始时间"],
        "end": ["结束时间"],
        "stated": ["服务时长", "时长", "工时", "服务时长（小时）"],
        "state": ["状态", "审核状态"],
    },
}


def spell_number(chance: random.Random, number: str) -> object:
    """Return the number as any kind of text, or as a number if it has no leading zero that would be lost."""
    texts = [number, number, f" {number}", f"'{number}", f"{number} ", number.translate(WIDE)]
    if number.isdigit() and not number.startswith("0"):
        return chance.choice([*texts, f"{number}.0", int(number), float(number)])
    return chance.choice(texts)


def spell_name(chance: random.Random, name: str) -> str:
    if "·" in name:
        return name.replace("·", chance.choice(DOTS))
    if len(name) == 2:
        return name[0] + chance.choice(["", "", " ", "\u3000", "  "]) + name[1]
    return name + chance.choice(["", "", " "])


def spell_phone(chance: random.Random, phone: str) -> object:
    if not phone:
        return ""
    grouped = [f"{phone[:3]} {phone[3:7]} {phone[7:]}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"]
    return chance.choice([phone, phone, int(phone), *grouped])


def spell_day(chance: random.Random, day: date, start: int) -> object:
    """Return the day as text, as a number or as a date of Excel, sometimes with the time of day."""
    moment = datetime.combine(day, time()) + timedelta(minutes=start)
    return chance.choice(
        [
            f"{day:%Y-%m-%d}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day:%Y.%m.%d}",
            f"{day:%Y%m%d}",
            int(f"{day:%Y%m%d}"),
            f"{day.year}年{day.month}月{day.day}日",
            f"{moment:%Y-%m-%d %H:%M}",
            f"{moment:%Y-%m-%d %H:%M:%S}",
            datetime.combine(day, time()),
            moment,
        ]
    )


def spell_hours(chance: random.Random, minutes: int) -> object:
    """Return the duration in minutes or hours, never as a value that has to be rounded to a minute."""
    hours, rest = divmod(minutes, 60)
    ways: list[object] = [f"{minutes}分钟", f"{hours}小时{rest}分钟", f"{hours}小时{rest}分"]
    if rest == 0:
        ways += [hours, float(hours), f"{hours}小时", f"{hours}h", str(hours)]
    if minutes % 3 == 0:
        ways += [
            minutes / 60,
            f"{minutes / 60:g}h",
            f"{minutes / 60:g}小时",
            f"{minutes / 60:g}".translate(WIDE),
        ]
    if minutes % 6 == 0:
        ways.append(sum([0.1] * (minutes // 6)))  # with errors of floating-point addition
    return chance.choice(ways)
