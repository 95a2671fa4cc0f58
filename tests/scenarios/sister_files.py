"""Odd files of the same kinds as the shared cases, written out in full: other columns, words and formats."""

R = "学号,姓名,学院,团支部,政治面貌,手机号码"
V = "志愿者编号,姓名,手机号码,注册时间"
H = "学号,姓名,项目名称,服务日期,服务时长"
AN, BAI, CHENG = "2018010001", "2018010002", "2018010003"
A, B, C = f"{AN},安知行,法学院", f"{BAI},白若溪,法学院", f"{CHENG},程一诺,法学院"
VA, VB, VC = (
    "110108000001,安知行,13800138001,2018-09-28",
    "110108000002,白若溪,13800138002,2018-09-28",
    "110108000003,程一诺,13800138003,2018-09-28",
)
HA, HB, HC = (
    f"{AN},安知行,助残,2018-10-13",
    f"{BAI},白若溪,助残,2018-10-13",
    f"{CHENG},程一诺,助残,2018-10-13",
)
EVERYBODY = [AN, BAI, CHENG]


def _list_unregistered() -> list:
    """Columns that say of a volunteer that the registration is not in force."""
    columns = {
        "是否有效": ("否", "无效", "N"),
        "注册状态": ("已注销", "未通过", "审核中"),
        "审批结果": ("驳回", "不同意", "待审批"),
        "注销时间": ("2018-09-30", "2018/9/30", "2018.09.30"),
        "账号状态": ("冻结", "停用", "注销"),
        "志愿者状态": ("已退出", "失效", "未激活"),
        "是否注销": ("是", "Y", "已注销"),
        "审核意见": ("不通过", "退回修改", "未审核"),
    }
    return [
        (
            f"volunteers_{name}",
            "volunteers",
            "\n".join([f"{V},{name}", f"{VA},{words[0]}", f"{VB},{words[1]}", f"{VC},{words[2]}"]),
            {"not_registered": EVERYBODY, "refused": "may"},
        )
        for name, words in columns.items()
    ]


def _list_uncounted_hours() -> list:
    columns = {
        "审核状态": ("待审核", "不通过"),
        "审核结果": ("未通过", "驳回"),
        "是否有效": ("否", "无效"),
        "认定状态": ("未认定", "不予认定"),
        "确认状态": ("未确认", "待确认"),
        "记录状态": ("已作废", "已撤销"),
        "是否作废": ("是", "Y"),
        "出勤情况": ("缺勤", "未到"),
        "作废时间": ("2018-10-20", "2018/10/20"),
    }
    return [
        (
            f"hours_{name}",
            "hours",
            f"{H},状态,{name}\n{HA},2,已确认,{one}\n{HB},3,已结束,{two}",
            {"minutes": {AN: 0, BAI: 0}, "refused": "may"},
        )
        for name, (one, two) in columns.items()
    ]


def _list_used_codes() -> list:
    columns = {
        "使用状态": ("已用", "作废"),
        "是否使用": ("是", "已使用"),
        "是否已用": ("是", "√"),
        "码状态": ("已发放", "失效"),
        "使用时间": ("2018-10-01", "2018-10-02"),
        "有效性": ("无效", "过期"),
        "是否作废": ("是", "已作废"),
    }
    return [
        (
            f"codes_{name}",
            "codes",
            f"申请结对码,类型,{name}\nABC001,城区,{one}\nABC002,城区,{two}",
            {"not_data": {"code": ["ABC001", "ABC002"]}, "refused": "may"},
        )
        for name, (one, two) in columns.items()
    ]


def _list_left_people() -> list:
    suspended, graduated = [{"state": "suspended"}, "error"], [{"state": "graduated"}, "error"]
    columns = {
        "在校状态": ("休学", "毕业"),
        "学生状态": ("休学", "已毕业"),
        "学籍情况": ("休学中", "毕业离校"),
        "是否休学": ("是", None),
        "是否毕业": (None, "是"),
    }
    return [
        (
            f"roster_{name}",
            "roster",
            f"{R},状态,{name}\n{A},法学1801,共青团员,,正常,{one or '否'}\n{B},法学1801,共青团员,,在读,{two or '否'}",
            {
                "rows": {
                    **({"2": suspended} if one else {}),
                    **({"3": graduated} if two else {}),
                },
                "refused": "may",
            },
        )
        for name, (one, two) in columns.items()
    ]


def _list_two_columns() -> list:
    pairs = (
        ("申报时长", "认定时长"),
        ("申请时长", "核定时长"),
        ("申报工时", "审核工时"),
        ("计划时长", "实际时长"),
        ("预计时长", "签到时长"),
        ("上报时长", "确认时长"),
        ("时长", "认可时长"),
    )
    return [
        (
            f"hours_{one}_{two}",
            "hours",
            f"学号,姓名,项目名称,服务日期,{one},{two},状态\n{HA},8,2,已确认",
            {"minutes_max": {AN: 120}, "refused": "may"},
        )
        for one, two in pairs
    ]


NOTHING = [
    "无",
    "/",
    "-",
    "NULL",
    "nan",
    "待定",
    "#N/A",
    "0",
    "—",
    "——",
    "暂无",
    "未知",
    "None",
    "N/A",
    "n/a",
    "undefined",
    "空",
    "没有",
    "待补充",
    "#REF!",
    "#VALUE!",
    "(空白)",
    "?",
    "？？",
    "***",
    "TRUE",
    "FALSE",
    "不详",
    "\\",
    "//",
    "00",
    "无此项",
    "null",
    "NaN",
    "#NAME?",
    "_",
    "同上",
    "待分配",
    "未分配",
]


def _list_words_for_nothing() -> list:
    words = [word for word in NOTHING if word not in ("同上",)]
    branches = [f"20180200{i:02},赵{i:02},法学院,{word},共青团员," for i, word in enumerate(words)]
    students = [f"{word},安知行,法学院,法学1801,共青团员," for word in words]
    titles = [f"{AN},安知行,{word},2018-10-{i % 20 + 1:02},1,已确认" for i, word in enumerate(words)]
    volunteers = [f"{word},安知行,13800138001," for word in words]
    return [
        ("branch_nothing", "roster", "\n".join([R, *branches]), {"not_data": {"branch": words}}),
        (
            "student_no_nothing",
            "roster",
            "\n".join([R, *students]),
            {"not_data": {"student_no": words}, "refused": "may"},
        ),
        (
            "title_nothing",
            "hours",
            "\n".join([f"{H},状态", *titles]),
            {"not_data": {"title": words}, "refused": "may"},
        ),
        (
            "volunteer_no_nothing",
            "volunteers",
            "\n".join([V, *volunteers]),
            {"not_data": {"volunteer_no": words}, "not_registered": [AN], "refused": "may"},
        ),
        (
            "street_nothing",
            "streets",
            "\n".join(["区,街道名称,类型", *[f"海淀区,{word},城区" for word in words]]),
            {"not_data": {"name": words}, "refused": "may"},
        ),
        (
            "code_nothing",
            "codes",
            "\n".join(["申请结对码,类型", *[f"{word},城区" for word in words]]),
            {"not_data": {"code": words}, "refused": "may"},
        ),
    ]


LOSSY = ("王?", "王？", "李□", "葛�", "王??", "李■", "王*", "李_", "王〓", "葛&#xFFFD;", "李¿")
SAMPLES = (
    "示例,2018999999,张三",
    "样例：,2018999999,李四",
    "例,2018999999,张三",
    "示范,2018999999,某某",
    "（示例）,2018999999,张三",
    "填写示例,2018999999,张三",
    "例如,2018999999,张三",
    "样表,2018999999,张三",
)
FILLERS = (
    "以下空白",
    "（以下空白）",
    "以下无正文",
    "---以下空白---",
    "以 下 空 白",
    "\u200b",
    "\u2060",
    "此行以下无数据",
)
ID_NUMBERS = (
    ("证件号", "110101199003071233"),
    ("身份证", "1101 0119 9003 0712 33"),
    ("备注", "证件：110101900307123。"),
    ("说明", "'110101900307123"),
    ("备注", "110101-19900307-1233"),
    ("证件号码", "１１０１０１１９９００３０７１２３３"),
    ("备注", "身份证号:110101199003071233,已核"),
    ("手机号码2", "110101199003071233"),
)
HOURS = {
    "1.33": 80, "0.67": 40, "2.17": 130, "0.5h": 30, "半小时": 30, "2小时30": 150, "1小时": 60, "90分钟": 90,
    "1.5小时": 90, "2:30": 150, "0.33": 20, "1.83": 110, "一个半小时": 90, "2.5 h": 150, "２": 120, "1h30min": 90,
    "30min": 30, "2小时整": 120, "0.75": 45, "1.667": 100, "3.25小时": 195,
}  # fmt: skip
DAYS = (
    "2018-10-13（周六）", "2018年10月13日(星期六)", "2018-10-13 周六", "2018/10/13 星期六", "2018.10.13(六)",
    "2018年10月13日 周六", "2018-10-13 Sat", "20181013（周六）", "2018-10-13 09:00", "2018年10月13日上午",
    "2018-10-13T09:00:00", "２０１８-10-13",
)  # fmt: skip


def _list_cells() -> list:
    return [
        *[
            (f"lossy_{i}", "roster", f"{R}\n2018010004,{name},法学院,法学1801,共青团员,", {"not_data": {"name": [name]}, "refused": "may"})
            for i, name in enumerate(LOSSY)
        ],
        *[
            (
                f"sample_{i}",
                "roster",
                f"序号,{R}\n{line},法学院,法学1801,共青团员,13800000000\n1,{A},法学1801,共青团员,",
                {"not_data": {"student_no": ["2018999999"]}, "rows": {"3": {"student_no": AN}}},
            )
            for i, line in enumerate(SAMPLES)
        ],
        *[
            (f"filler_{i}", "roster", f"{R}\n{A},法学1801,共青团员,\n{word},,,,,\n,{word},,,,", {"rows": {"3": "skip", "4": "skip"}})
            for i, word in enumerate(FILLERS)
        ],
        *[
            (f"id_number_{i}", "roster", f'{R},{name}\n{A},法学1801,共青团员,,"{text}"\n{B},,共青团员,,"{text}"', {"not_stored": [text]})
            for i, (name, text) in enumerate(ID_NUMBERS)
        ],
        *[
            (f"hours_{text}", "hours", f"{H},状态\n{HA},{text},已确认", {"minutes": {AN: minutes}})
            for text, minutes in HOURS.items()
        ],
        *[
            (f"day_{day}", "hours", f"{H},状态\n{AN},安知行,助残,{day},2,已确认", {"minutes": {AN: 120}})
            for day in DAYS
        ],
        ("case_1", "roster", f"{R}\nS-2018a,甲乙,法学院,法学1801,共青团员,\nｓ-2018A,甲乙,法学院,法学1801,共青团员,", {"rows": {"3": "error"}}),
        ("two_phones", "volunteers", "志愿者编号,姓名,手机,联系方式,注册时间\n110108000001,安知行,无,13800138001,2018-09-28", {"rows": {"2": {"phone": "13800138001"}}}),
        ("phone_86", "volunteers", f"{V}\n110108000001,安知行,+86 138-0013-8001,2018-09-28", {"rows": {"2": {"status": "new"}}}),
        ("two_phones_in_a_cell", "volunteers", f"{V}\n110108000001,安知行,13800138001/13900139001,2018-09-28", {"rows": {"2": {"status": "new"}}}),
        *[
            (f"entity_{i}", "volunteers", f"{V}\n110108000006,{name},13800138006,2018-09-28", {"rows": {"2": {"status": "new"}}})
            for i, name in enumerate(("古丽&#183;阿迪力", "古丽&#xB7;阿迪力", "古丽&bull;阿迪力", "古丽•阿迪力", "古丽‧阿迪力", "古丽&amp;middot;阿迪力", "古丽・阿迪力", "古丽．阿迪力"))
        ],
        *[
            (f"invisible_{i}", "volunteers", f"{V}\n110108000005,{name},13800138005,2018-09-28", {"rows": {"2": {"status": "new"}}})
            for i, name in enumerate(("葛\ufe00天", "葛\u200b天", "\ufeff葛天", "葛天\u200e", "葛\u00a0天", "葛&nbsp;天", "葛\U000e0101天"))
        ],
        *[
            (f"unwritable_{i}", "roster", f"{R}\n2018010020,张{mark}三,法学院,法学1801,共青团员,", {"not_data": {"name": [f"张{mark}三"]}, "refused": "may"})
            for i, mark in enumerate(("\ufffe", "\x0b", "\x01", "\x1f", "\x7f"))
        ],
        (
            "two_blocks", "roster",
            f"学籍号,学生姓名,学院,支部名称,政治面貌,,学籍号,学生姓名,学院,支部名称,政治面貌\n{A},法学1801,共青团员,,2018020001,赵一,法学院,法学1801,共青团员\n{B},法学1801,共青团员,,2018020002,赵二,法学院,法学1801,共青团员",
            {"people": [AN, BAI, "2018020001", "2018020002"], "refused": "may"},
        ),
    ]  # fmt: skip


REMARKS = (
    "通过",
    "正常",
    "有效",
    "无",
    "待审核的材料已补",
    "身份证已核对",
    "退伍",
    "已毕业学长介绍",
    "否",
    "取消过一次面试",
)
NAMES = (
    "无名", "空明", "石无", "常通", "有效", "李是", "古丽·阿迪力", "阿卜杜拉·买买提·艾力", "John Smith", "O'Brien Mary", "欧阳一",
    "买买提", "扎西", "山本太郎", "김철수", "Анна Иванова", "Nguyễn Văn A", "正常", "于是", "程示例", "何备注", "㐂乐", "男",
    "毕业", "任意", "那英", "王一", "Tenzin Na", "空空", "安无", "合计", "何必",
)  # fmt: skip
NUMBERS = (
    "S-2018-001",
    "2018/0001",
    "B18010001",
    "00180108",
    "2018-01-0001",
    "LX2018010",
    "1801A01",
    "20180100010001",
    "T_001",
    "888",
)
BRANCHES = (
    "1801", "法学1801", "3-1", "零班", "无线电1班", "法学（1）班", "待定山班", "2018级1班", "NaN材料班", "空天1801", "信计18-1",
    "机械1801-1802", "一班", "A1", "直属", "教工", "研0班",
)  # fmt: skip
STREETS = (
    "中关村街道",
    "八里庄街道",
    "无棣路街道",
    "三里屯",
    "1号街道",
    "空港街道",
    "五四路街道",
    "北太平庄街道",
    "6号院社区",
)
CODES = ("ABC-001", "2018-0001", "a1b2c3", "JH_2018_1", "00012", "TRUE1", "NULL1")
REGISTERED = (
    "2018-09-28",
    "2018/9/28",
    "2018.09.28",
    "20180928",
    "2018年9月28日",
    "2018-09-28 10:11:12",
    "2018/9/28 8:05",
    "2018-9-28 00:00:00.000",
    "2018年09月28日 10时",
    "43371",
)


def _list_honest() -> list:
    people = [f"20180300{i:02}" for i in range(len(NAMES))]
    return [
        *[
            (f"remark_{word}", "roster", f"{R},备注\n{A},法学1801,共青团员,,{word}\n{B},法学1801,共青团员,,", {"rows": {"2": {"student_no": AN}, "3": {"student_no": BAI}}})
            for word in REMARKS
        ],
        *[
            (f"hours_remark_{word}", "hours", f"{H},状态,备注\n{HA},2,已确认,{word}", {"minutes": {AN: 120}})
            for word in REMARKS
        ],
        *[
            (f"approved_{column}_{word}", "volunteers", f"{V},{column}\n{VA},{word}", {"rows": {"2": {"status": "new"}}})
            for column, word in (
                ("审核状态", "已通过"), ("是否有效", "是"), ("注册状态", "已注册"), ("是否注销", "否"), ("注销时间", ""),
                ("审批结果", "同意"), ("账号状态", "正常"), ("注销时间", "无"), ("志愿者状态", "有效"), ("状态", "正常"),
            )
        ],
        *[(f"name_{name}", "roster", f"{R}\n{no},{name},法学院,法学1801,共青团员,", {"people": [no]}) for no, name in zip(people, NAMES, strict=True)],
        *[(f"number_{i}", "roster", f"{R}\n{no},赵一,法学院,法学1801,共青团员,", {"rows": {"2": {"student_no": no}}}) for i, no in enumerate(NUMBERS)],
        *[(f"branch_{name}", "roster", f"{R}\n{A},{name},共青团员,", {"rows": {"2": {"branch": name}}}) for name in BRANCHES],
        ("streets", "streets", "\n".join(["区,街道名称,类型", *[f"海淀区,{name},城区" for name in STREETS]]), {"rows": {str(i): {"name": name} for i, name in enumerate(STREETS, 2)}}),
        ("codes", "codes", "\n".join(["申请结对码,类型", *[f"{code},城区" for code in CODES]]), {"rows": {str(i): {"code": code.upper()} for i, code in enumerate(CODES, 2)}}),
        *[(f"registered_{i}", "volunteers", f"{V}\n110108000001,安知行,13800138001,{day}", {"rows": {"2": {"registered_on": "2018-09-28"}}}) for i, day in enumerate(REGISTERED)],
        ("title_rows", "roster", f"京华大学团员名单,,,,,\n2018年10月,,,,,\n{R}\n{A},法学1801,共青团员,\n合计：1人,,,,,\n填表人：王老师,,,,,", {"rows": {"4": {"student_no": AN}, "5": "skip", "6": "skip"}}),
        ("semicolons", "roster", f"{R}\n{A},法学1801,共青团员,".replace(",", ";"), {"people": [AN]}),
        ("tabs", "roster", f"{R}\n{A},法学1801,共青团员,".replace(",", "\t"), {"people": [AN]}),
        ("bad_phone", "roster", f"{R}\n2018030099,赵一,法学院,法学1801,共青团员,12345", {"people": ["2018030099"]}),
        ("gb_code", "roster", f"{R}\n2018030099,赵一,法学院,法学1801,03共青团员,", {"people": ["2018030099"]}),
        ("done_event", "hours", f"{H},状态\n{HA},2,已结束", {"minutes_in": {AN: [0, 120]}}),
        ("confirmed_and_done", "hours", f"{H},活动状态,审核状态\n{HA},2,已结束,通过", {"minutes": {AN: 120}}),
        ("unused_codes", "codes", "申请结对码,类型,状态,是否使用\nABC001,城区,未使用,否", {"rows": {"2": {"code": "ABC001"}}}),
    ]  # fmt: skip


ODD = [
    *_list_unregistered(),
    *_list_uncounted_hours(),
    *_list_used_codes(),
    *_list_left_people(),
    *_list_two_columns(),
    *_list_words_for_nothing(),
    *_list_cells(),
]
HONEST = _list_honest()
