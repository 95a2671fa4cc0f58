"""The list of registered volunteers of 志愿北京; it has no student numbers, and its phones are masked."""

import re
from typing import Any

from django.utils import timezone

from members.models import VolunteerRecord
from members.resources.base import SheetResource, make_column
from members.rules import registration_date_problem
from members.sheets.cells import clean_date, clean_label, clean_name, clean_number, make_name_key, read_phone

# The day of registration in all spellings: 首次注册时间, 实名认证日期, 志愿者注册登记日期, 成为注册志愿者时间. Other days
# have another word in their name: 入团日期, 出生日期, 登录时间, 注册审核到期, 注册有效期, 取消注册时间.
REGISTRATION_DAY = re.compile(
    "(?:志愿者|志愿北京|志愿服务|志愿|平台|系统|网站|账号|账户|用户|会员|个人|首次|初次|最初|第一次|正式|成功|完成|在线|网上)*"
    "(?:实名|注册|认证|登记|成为(?:注册)?志愿者|加入志愿北京)"
    "(?:实名|注册|认证|登记|成为|志愿者|成功|完成)*"
    "(?:的)?(?:时间|日期|年月日|日)"
)


# Whether a registration is in force; leaving a group (退出团体时间) is another matter.
STATES = re.compile(
    "(?:志愿者|志愿北京|账号|账户|用户|实名|个人|平台|实名认证|志愿者注册)*(?:注册|认证|实名|志愿者|用户|身份|登记|审核|资格)?(?:状态|结果)"
    "|(?:是否|是否已|是否为|是否是)(?:注册|实名|认证|实名认证|通过认证|注册志愿者|实名注册|完成注册|在册|志愿者|正式志愿者)"
    "|(?:志愿者)?(?:注册|认证|实名|实名认证)(?:情况|与否)|(?:志愿者)?(?:实名|认证|实名认证)|(?:取消|撤销)(?:注册|认证)(?:时间|日期)"
)


class VolunteerResource(SheetResource):
    """The list of registered volunteers."""

    volunteer_no = make_column("志愿者编号", "volunteer_no", clean_number)
    name = make_column("姓名", "name", clean_name)
    phone = make_column("手机号码", "phone", read_phone)
    student_no = make_column("学号", "student_no", clean_number)
    group_name = make_column("所属团体", "group_name", clean_label)
    registered_on = make_column("注册时间", "registered_on", clean_date)

    class Meta:
        model = VolunteerRecord
        import_id_fields = ("volunteer_no",)
        fields = ("volunteer_no", "name", "phone", "student_no", "group_name", "registered_on")

    # fmt: off
    template = {
        "volunteer_no": ("110100000001", "志愿北京的志愿者编号"),
        "name": ("张三", "真实姓名"),
        "phone": ("13800000000", "注册时用的手机号码；没有志愿者编号时用来核对"),
        "student_no": ("2018990001", "学号，能更准确地对上人"),
        "group_name": ("法学院志愿服务队", "所在的志愿团体"),
        "registered_on": ("2018-10-01", "注册为志愿者的日期，如 2018-10-01"),
    }
    # fmt: on

    key = "volunteer_no"

    required = frozenset({"name"})
    # Every row needs a number or a date of registration; a roster has neither, so it can register nobody.
    any_of = (
        frozenset({"volunteer_no", "phone", "student_no"}),
        frozenset({"volunteer_no", "registered_on"}),
    )
    # A row without a readable phone goes in by its number, or waits for a person. The day of registration decides.
    optional = frozenset({"phone", "group_name"})
    must_have = {"name": "缺少姓名"}
    # fmt: off
    aliases = {
        "volunteer_no": (
            "志愿北京编号", "志愿者号", "志愿者ID", "志愿者证号", "注册编号", "志愿编号", "志愿者注册号",
            "志愿者注册编号", "志愿者证编号", "志愿北京ID", "志愿北京号", "志愿北京注册编号", "志愿北京志愿者编号",
            "注册号",
        ),
        "name": ("志愿者姓名", "真实姓名", "学生姓名", "名字"),
        "phone": (
            "手机", "手机号", "联系电话", "电话", "联系方式", "移动电话", "电话号码", "注册手机", "注册手机号",
            "绑定手机号", "志愿者手机",
        ),
        "student_no": ("学籍号", "学生学号", "学生编号"),
        "group_name": (
            "所属组织", "志愿团体", "团体名称", "所属志愿团体", "所在团体", "加入团体", "志愿服务组织",
            "志愿服务团体", "志愿组织",
        ),
        "registered_on": ("注册日期", "注册时间", "加入时间"),
    }
    # fmt: on
    patterns = {"registered_on": REGISTRATION_DAY}
    loose = frozenset({"phone", "group_name", "registered_on"})
    states = STATES
    consequence = "不是有效的注册志愿者，没有录入"

    def finish(self, data: dict[str, Any]) -> None:
        """Add the key of the name.

        Raises ValueError for a row that cannot be matched or proves no registration.
        """
        if not data.keys() & {"volunteer_no", "phone", "student_no"}:
            raise ValueError("缺少志愿者编号和手机号码")
        if not data.keys() & {"volunteer_no", "registered_on"}:
            raise ValueError("缺少志愿者编号和注册时间，不能认定已注册")
        data["name_key"] = make_name_key(data["name"])[:80]
        if "registered_on" in data:
            if problem := registration_date_problem(data["registered_on"], timezone.localdate()):
                raise ValueError(problem.removesuffix("。"))
            data["registered_on"] = data["registered_on"].isoformat()
