"""Change the track of an applicant whenever the stage changes: by a page, a file or a correction (二(一))."""

from collections.abc import Sequence

from django.db import connection

from members.services.spells import Move

# A step back clears the days of the later steps; the history keeps them.
FOLLOW = """
UPDATE reports_admission a SET
    state = CASE w.stage WHEN 'member' THEN 'outside' WHEN 'student' THEN 'ended' ELSE 'open' END,
    activist_on = CASE WHEN w.stage <> 'applicant' THEN a.activist_on END,
    candidate_on = CASE WHEN w.stage NOT IN ('applicant', 'activist') THEN a.candidate_on END,
    meeting_on = CASE WHEN w.stage NOT IN ('applicant', 'activist') THEN a.meeting_on END,
    ended_at = CASE w.stage WHEN 'student' THEN now() END,
    end_reason = CASE w.stage WHEN 'student' THEN '发展阶段改为群众' ELSE '' END
FROM unnest(%(ids)s::bigint[], %(stages)s::text[]) AS w (member_id, stage)
WHERE a.member_id = w.member_id AND a.state IN ('open', 'outside')
"""


def follow_stages(moves: Sequence[Move]) -> None:
    """Bring the running tracks of people in step with their new stages."""
    stages = {move.member_id: str(move.new.stage) for move in moves if move.old.stage != move.new.stage}
    if stages:
        with connection.cursor() as cursor:
            cursor.execute(FOLLOW, {"ids": list(stages), "stages": list(stages.values())})
