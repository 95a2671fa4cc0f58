"""What happens to accounts: sign-ins, codes, second factors. The school reads it in the audit log."""

import pgtrigger
from django.conf import settings
from django.db import models

from members.models.history import build_truncate_trigger
from members.models.organisation import School


class AccountEvent(models.Model):
    """One event of an account (requirements §6). Rows can only be added; they hold no password and no code."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", "登录"
        SIGN_IN_FAILED = "sign_in_failed", "登录失败"
        NEW_DEVICE = "new_device", "在新设备登录"
        LOCKED = "locked", "因多次失败暂停登录"
        UNLOCKED = "unlocked", "解除暂停登录"
        ADDRESS_ALARM = "address_alarm", "同一网络地址大量登录失败"
        SIGNED_OUT_EVERYWHERE = "signed_out_everywhere", "退出全部设备"
        CODE_ISSUED = "code_issued", "发放激活码"
        CODE_REFUSED = "code_refused", "激活码输错"
        ACTIVATED = "activated", "激活账号"
        PASSWORD_CHANGED = "password_changed", "本人修改密码"
        PASSWORD_SET = "password_set", "由他人设置密码"
        CAMPUS_LINKED = "campus_linked", "绑定校园登录"
        CAMPUS_WAITS = "campus_waits", "校园登录待核对"
        CAMPUS_REFUSED = "campus_refused", "校园登录未通过"
        CAMPUS_UNLINKED = "campus_unlinked", "解除校园登录"
        FACTOR_ADDED = "factor_added", "启用第二步验证"
        FACTOR_REMOVED = "factor_removed", "本人关闭第二步验证"
        FACTOR_RESET = "factor_reset", "重置第二步验证"
        RECOVERY_USED = "recovery_used", "使用恢复码"
        DISABLED = "disabled", "停用账号"
        ENABLED = "enabled", "恢复账号"
        INVITATION_CHECKED = "invitation_checked", "核实街乡邀请"
        INVITATION_ACCEPTED = "invitation_accepted", "接受街乡邀请"

    # None for an unknown number at sign-in: such an event belongs to no school.
    school = models.ForeignKey(School, models.PROTECT, null=True, related_name="+", verbose_name="学校")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="account_events",
        verbose_name="账号",
    )
    kind = models.CharField("事项", max_length=30, choices=Kind.choices)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="办理人"
    )
    address = models.GenericIPAddressField("网络地址", null=True)
    device = models.CharField("设备", max_length=120, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "账号事项"
        ordering = ["-at", "-pk"]
        indexes = [
            # The audit log of a school, the latest first, and the events of one account on its page.
            models.Index(fields=["school", "-at"], name="account_event_school"),
            models.Index(fields=["user", "-at"], name="account_event_user"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            build_truncate_trigger("账号事项"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"
