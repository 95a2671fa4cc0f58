"""When an activity rests because the street or the pairing behind it has fallen away (三(四)3). Pure."""

AGREEMENT, RELEASED = "agreement", "released"

WHY = {
    "": "",
    AGREEMENT: "街乡还没有确认这个项目的最新安排",
    RELEASED: "学院与街乡的结对已解除",
}
WHAT_NEXT = {
    "": "",
    AGREEMENT: "街乡同意后自动恢复，届时会在“消息”中通知您。",
    RELEASED: "校团委可能在一天内恢复结对；没有恢复的，活动会取消并通知您。",
}


def find_pause(*, at_street: bool, agreed: bool, paired: bool) -> str:
    """Return why an activity ahead rests: RELEASED before AGREEMENT; "" if it goes on.

    `agreed`: its project has the street's present agreement; `paired`: the team's pairing is active.
    """
    if not at_street:
        return ""
    if not paired:
        return RELEASED
    return "" if agreed else AGREEMENT


def pause_problem(pause: str) -> str:
    """Return in Chinese why nobody can sign up or check in, and what comes next; "" if the activity goes on."""
    return f"活动暂停：{WHY[pause]}。{WHAT_NEXT[pause]}" if pause else ""
