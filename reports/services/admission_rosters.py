"""Protect memberships that a 支部大会 decided and whose slip is kept from changes by a roster (二(一))."""

from members.models import ImportRun
from members.transfer.services.imports.staging import run_sql

LOST_MEMBERSHIPS = """
UPDATE members_importrow r SET status = 'error', changes = '{}', target = NULL,
    reason = to_char(a.meeting_on, 'YYYY-MM-DD')
        || ' 支部大会已接收为共青团员，花名册不能改变；确需更改请在此人的资料页办理并写明原因'
FROM (
    SELECT member_id, max(meeting_on) AS meeting_on FROM reports_admission WHERE state = 'admitted' GROUP BY 1
) a
WHERE r.run_id = %(run)s AND r.target = a.member_id AND r.status = 'changed' AND r.changes->'stage'->>0 = 'member'
"""


def refuse_lost_memberships(run: ImportRun) -> None:
    """Mark rows that would undo a membership decided by a 支部大会 as errors.

    An older file may still show the member as on the way; no value of such a row is imported.
    """
    run_sql(LOST_MEMBERSHIPS, run=run.pk)
