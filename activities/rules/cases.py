"""台账核对: which cases there are, what each means, and what may be decided about it. Pure."""

SAME = ("same", "是同一次服务，只计一次")
APART = ("apart", "不是同一次服务，分别计入")
KEEP = ("keep", "维持不变，不再列出")
VOID = ("void", "作废这条记录")
COUNT = ("count", "第一条的时间登记有误：按没有起止时间计入")
VOID_FIRST = ("void", "作废第一条记录（没有计满的一条）")

# Kind of case: the decisions that it may get (name, label).
ACTIONS = {
    "doubtful": (SAME, APART),
    "maybe": (SAME, APART),
    "overlap": (KEEP, COUNT, VOID_FIRST),
    "missing": (("keep", "保留，继续计入"), VOID),
    "minutes": (KEEP, APART),
    "day_full": (KEEP, VOID),
    "span": (KEEP,),
}
# The decision on settled cases of these kinds: they are open again.
REOPEN = ("reopen", "恢复核对")
REOPENED = ("overlap", "missing", "minutes", "day_full", "span")
# Kind of case: what it means, and what to do.
MEANINGS = {
    "doubtful": "两个台账同一天、同样时长，名称却不同。目前只计一次；请核对是不是同一次服务。",
    "maybe": "两个台账同一天都有记录，还没有关联，目前分别计入；请核对是不是同一次服务。",
    "overlap": "同一人的两条记录时间重叠，重叠的时间只计一次。第一条是没有计满的记录；"
    "它的时间登记有误的，可以按没有起止时间计入，此后它不与任何记录重叠。",
    "missing": "后来导入的同一台账文件包含此人和这一天，却没有这条记录。目前继续计入；请到来源平台核对。",
    "minutes": "同一次服务在两个台账中的时长不同，按年度规则中排在前面的台账计。",
    "day_full": "同一天的时长超过 24 小时，超出的部分不计。",
    "span": "台账写的时长超过起止时间，只计起止时间之内的部分。",
}


def list_actions(kind: str, *, settled: bool = False) -> tuple[tuple[str, str], ...]:
    """Return the decisions (name, label) that open or settled cases of the kind may get."""
    if settled:
        return (REOPEN,) if kind in REOPENED else ()
    return ACTIONS.get(kind, ())
