"""Match the list of registered volunteers to the people of the school (requirements §4).

A volunteer file rarely has student numbers. A row is matched by a number if it has one (student number, known
volunteer number), else by name and phone (masked too). A student number that nobody here has belongs to
somebody else, even if name and phone fit. A row is never matched by name alone and never to one of two
candidates. If two rows match one person, a user decides on both. Undecided rows wait in 待认领.
"""

from datetime import date

from django.utils import timezone

from members.models import ImportRun
from members.services.known_numbers import tell_school_numbers_known
from members.transfer.services.imports.staging import NUMBERS, build_lock_sql, build_number_match, run_sql

MOBILE = r"'^1\d{2}(\d{4}|\*{4})\d{4}$'"

# Compares the digits that neither number masks: 138****1234 matches 13800001234.
SAME_PHONE = """(left(m.phone, 3) = left(s.phone, 3) AND right(m.phone, 4) = right(s.phone, 4)
    AND (m.phone = s.phone OR m.phone LIKE '%%*%%' OR s.phone LIKE '%%*%%'))"""

# `s` is the relation of rows to match: id, student_no, volunteer_no, name_key, phone.
# The result `matched` has id, member_id (NULL if undecided) and why (in Chinese, empty if decided).
MATCHED = f"""
candidates AS (
    SELECT s.id, m.id AS member_id, 1 AS tier, m.name_key = s.name_key AS name_fits
    FROM s JOIN ({NUMBERS}) n ON {build_number_match("n", "s.student_no")} JOIN members_member m ON m.id = n.member_id
    UNION ALL
    SELECT s.id, m.id, 2, m.name_key = s.name_key
    FROM s JOIN members_member m ON m.school_id = %(school)s AND upper(m.volunteer_no) = upper(s.volunteer_no)
    WHERE s.volunteer_no <> ''
    UNION ALL
    -- The number that a person reported weighs as much as the phone: if the two lead to different people,
    -- nobody is matched, and a phone that contradicts the reported number excludes the person.
    SELECT s.id, m.id, 3, true
    FROM s JOIN members_member m ON m.school_id = %(school)s AND m.name_key = s.name_key
        AND upper(m.reported_no) = upper(s.volunteer_no)
    WHERE s.volunteer_no <> '' AND s.student_no = ''
        AND (s.phone !~ {MOBILE} OR m.phone !~ {MOBILE} OR {SAME_PHONE})
    UNION ALL
    SELECT s.id, m.id, 3, true
    FROM s JOIN members_member m ON m.school_id = %(school)s AND m.name_key = s.name_key
        AND {SAME_PHONE}
    WHERE s.phone ~ {MOBILE} AND m.phone ~ {MOBILE} AND s.student_no = ''
), ranked AS (
    SELECT *, rank() OVER (PARTITION BY id ORDER BY tier) AS place FROM candidates
), best AS (
    SELECT id, min(tier) AS tier, count(DISTINCT member_id) AS people, min(member_id) AS member_id,
        bool_and(name_fits) AS name_fits
    FROM ranked WHERE place = 1 GROUP BY id
), claims AS (
    SELECT best.*, count(*) FILTER (WHERE people = 1) OVER (PARTITION BY member_id) AS claimants FROM best
), matched AS (
    SELECT s.id, why.why, CASE WHEN why.why = '' THEN c.member_id END AS member_id
    FROM s LEFT JOIN claims c USING (id) LEFT JOIN members_member m ON m.id = c.member_id
    LEFT JOIN members_member o ON o.school_id = %(school)s AND upper(o.volunteer_no) = upper(s.volunteer_no)
        AND o.volunteer_no <> '' AND o.volunteer_twin = 0
    CROSS JOIN LATERAL (SELECT CASE
        WHEN c.id IS NULL AND s.student_no <> '' THEN '没有这个学号的人员'
        WHEN c.id IS NULL AND s.phone = '' THEN '没有手机号码，不能只凭姓名认定'
        WHEN c.id IS NULL THEN '没有姓名和手机号码都一致的人员'
        WHEN c.people > 1 THEN '有多人姓名和手机号码一致'
        WHEN NOT c.name_fits THEN '编号与登记的人员一致，但姓名不同'
        WHEN c.claimants > 1 THEN '名单中有多行指向同一人'
        WHEN m.volunteer_no <> '' AND s.volunteer_no <> '' AND upper(m.volunteer_no) <> upper(s.volunteer_no)
            THEN '该人员已登记另一个志愿者编号'
        WHEN o.id <> c.member_id THEN '志愿者编号已登记在他人名下'
        ELSE '' END AS why) why
)
"""

COMPARE = f"""
WITH f AS (
    SELECT id, number, data, coalesce(data->>'student_no', '') AS student_no,
        coalesce(data->>'volunteer_no', '') AS volunteer_no, data->>'name_key' AS name_key,
        coalesce(data->>'phone', '') AS phone, data->>'registered_on' AS registered_on,
        row_number() OVER w AS nth, first_value(number) OVER w AS first_number,
        first_value(data) OVER w AS first_data
    FROM members_importrow WHERE run_id = %(run)s AND data <> '{{}}'
    WINDOW w AS (PARTITION BY upper(coalesce(data->>'volunteer_no', (data->>'name_key') || '/'
        || coalesce(data->>'phone', '') || '/' || coalesce(data->>'student_no', ''))) ORDER BY position)
), known AS (
    SELECT f.*, coalesce(v.state, w.state) AS state, coalesce(v.member_id, w.member_id) AS member_id,
        coalesce(v.by_hand_only, w.by_hand_only, false) AS by_hand_only,
        coalesce(v.name, w.name) AS old_name, coalesce(v.name_key, w.name_key) AS old_name_key,
        coalesce(v.registered_on, w.registered_on) AS old_date, coalesce(v.college_id, w.college_id) AS list_id
    FROM f
    -- a twin, of before numbers were compared without case, is found by its own spelling only
    LEFT JOIN members_volunteerrecord t ON t.school_id = %(school)s AND t.twin > 0 AND t.volunteer_no <> ''
        AND t.volunteer_no = f.volunteer_no
    LEFT JOIN members_volunteerrecord v ON v.school_id = %(school)s AND f.volunteer_no <> ''
        AND upper(v.volunteer_no) = upper(f.volunteer_no) AND v.twin = coalesce(t.twin, 0)
    LEFT JOIN members_volunteerrecord w ON w.school_id = %(school)s AND f.volunteer_no = ''
        AND w.volunteer_no = '' AND w.name_key = f.name_key AND w.phone = f.phone
        AND upper(w.student_no) = upper(f.student_no) AND w.twin = 0
), s AS (
    SELECT * FROM known WHERE nth = 1 AND (state IS NULL OR state = 'unclear') AND NOT by_hand_only
), {MATCHED}, d AS (
    SELECT k.id, k.nth, k.state, CASE WHEN k.by_hand_only AND k.state = 'unclear' THEN '匹配曾被撤销，只由人工认领'
            ELSE coalesce(x.why, '') END AS why, coalesce(k.member_id, x.member_id) AS target,
        b.college_id,
        CASE WHEN k.state = 'matched' THEN jsonb_strip_nulls(jsonb_build_object(
            'name', CASE WHEN k.data->>'name' <> k.old_name
                THEN jsonb_build_array(k.old_name, k.data->>'name') END,
            -- an unknown date becomes known, also where only the person's date is unknown
            'registered_on', CASE WHEN k.registered_on IS NOT NULL
                    AND (k.registered_on IS DISTINCT FROM k.old_date::text OR m.registered_on IS NULL)
                THEN jsonb_build_array(CASE WHEN m.registered_on IS NOT NULL THEN k.old_date::text END, k.registered_on)
                END,
            -- an earlier file without a date shows that the registration is older than was known
            'counts_from', CASE WHEN k.registered_on IS NULL AND m.registered_on IS NULL AND %(as_of)s < m.counts_from
                THEN jsonb_build_array(m.counts_from::text, %(as_of)s::text) END))
        ELSE '{{}}' END AS changes,
        CASE WHEN k.nth > 1 AND k.data - %(numbers)s::text[] = k.first_data - %(numbers)s::text[] THEN '与第' || k.first_number || '行重复'
            WHEN k.nth > 1 THEN '志愿者编号与第' || k.first_number || '行相同，内容不同'
            WHEN %(college_id)s IS NOT NULL AND b.college_id <> %(college_id)s
                THEN '不是“' || %(college)s || '”的人员'
            WHEN k.state IN ('unclear', 'dismissed') AND k.list_id <> %(college_id)s
                THEN '这条记录在其他学院的待认领名单中，请联系校团委'
            -- a waiting record without a college is the school's; a college's file may only match it
            WHEN %(college_id)s IS NOT NULL AND k.state = 'unclear' AND k.list_id IS NULL
                    AND (x.member_id IS NULL OR k.by_hand_only)
                THEN '这条记录在校团委的待认领名单中，请联系校团委'
            WHEN k.state = 'matched' AND k.name_key <> k.old_name_key
                THEN '志愿者编号已登记在他人名下，姓名不同'
            ELSE '' END AS problem
    FROM known k LEFT JOIN matched x USING (id)
    LEFT JOIN members_member m ON m.id = coalesce(k.member_id, x.member_id)
    LEFT JOIN members_branch b ON b.id = m.branch_id
)
UPDATE members_importrow r SET
    status = CASE WHEN d.problem <> '' THEN 'error' WHEN d.state = 'dismissed' THEN 'same'
        WHEN d.why <> '' THEN 'unclear' WHEN d.state = 'matched' AND d.changes = '{{}}' THEN 'same'
        WHEN d.state = 'matched' THEN 'changed' ELSE 'new' END,
    reason = CASE WHEN d.problem <> '' THEN d.problem ELSE d.why END,
    target = CASE WHEN d.problem = '' THEN d.target END, college_id = d.college_id,
    -- a row with an error shows no data of a person that it does not belong to
    changes = CASE WHEN d.problem = '' THEN d.changes ELSE '{{}}' END
FROM d WHERE r.id = d.id
"""

HOLD = build_lock_sql(
    "SELECT target FROM members_importrow WHERE run_id = %(run)s AND status IN ('new', 'changed')"
)
# The member is updated first, with a condition: if another transaction has registered the person under
# another number since the comparison, nothing is overwritten and the record waits in 待认领.
REGISTER = """
UPDATE members_member m SET
    registered_on = coalesce((r.data->>'registered_on')::date, m.registered_on),
    counts_from = coalesce((r.data->>'registered_on')::date, m.registered_on, least(m.counts_from, %(as_of)s)),
    volunteer_no = coalesce(nullif(m.volunteer_no, ''), r.data->>'volunteer_no', ''), registration_source = 'file',
    registration_evidence = left(CASE WHEN r.data ? 'registered_on' OR m.registered_on IS NOT NULL THEN ''
            ELSE '文件未写注册日期，从 ' || least(m.counts_from, %(as_of)s) || ' 起计为已注册；' END
        || '文件“' || %(filename)s || '”第' || r.number || '行', 300)
FROM members_importrow r
WHERE r.run_id = %(run)s AND r.status IN ('new', 'changed') AND m.id = r.target
    AND (m.volunteer_no = '' OR upper(m.volunteer_no) = upper(coalesce(r.data->>'volunteer_no', m.volunteer_no)))
"""
# A record in 待认领 belongs to the importing college, else to the college whose name the volunteer group's
# name has (the longest such name: 经济与管理学院 contains 理学院).
KEEP = """
INSERT INTO members_volunteerrecord AS kept (school_id, college_id, volunteer_no, name, name_key, phone, student_no,
    group_name, registered_on, listed_on, state, reason, member_id, by_hand_only, twin, created_at)
SELECT %(school)s, coalesce(%(college_id)s, o.college_id), coalesce(r.data->>'volunteer_no', ''),
    r.data->>'name', r.data->>'name_key', coalesce(r.data->>'phone', ''), coalesce(r.data->>'student_no', ''),
    coalesce(r.data->>'group_name', ''),
    (r.data->>'registered_on')::date, %(as_of)s,
    CASE WHEN m.id IS NULL THEN 'unclear' ELSE 'matched' END, r.reason, m.id, false, coalesce(t.twin, 0), now()
FROM members_importrow r
LEFT JOIN members_member m ON m.id = r.target AND r.status IN ('new', 'changed')
    AND upper(m.volunteer_no) = upper(coalesce(r.data->>'volunteer_no', m.volunteer_no))
LEFT JOIN members_volunteerrecord t ON t.school_id = %(school)s AND t.twin > 0 AND t.volunteer_no <> ''
    AND t.volunteer_no = r.data->>'volunteer_no'
LEFT JOIN LATERAL (SELECT c.id AS college_id FROM members_college c
    WHERE c.school_id = %(school)s AND strpos(r.data->>'group_name', c.name) > 0
    ORDER BY length(c.name) DESC LIMIT 1) o ON r.status = 'unclear'
WHERE r.run_id = %(run)s AND r.status IN ('new', 'changed', 'unclear') AND {rows}
ON CONFLICT {key} DO UPDATE SET name = excluded.name, name_key = excluded.name_key,
    phone = coalesce(nullif(excluded.phone, ''), kept.phone),
    student_no = coalesce(nullif(excluded.student_no, ''), kept.student_no),
    group_name = coalesce(nullif(excluded.group_name, ''), kept.group_name),
    registered_on = coalesce(excluded.registered_on, kept.registered_on),
    listed_on = least(excluded.listed_on, kept.listed_on),
    state = excluded.state, reason = excluded.reason, member_id = excluded.member_id
-- a college's list does not change a record that waits in another college, unless the record is matched
WHERE excluded.state = 'matched' OR %(college_id)s IS NULL OR kept.college_id = %(college_id)s
"""
KEEP_NUMBERED = KEEP.format(
    rows="r.data ? 'volunteer_no'", key="(upper(volunteer_no), school_id, twin) WHERE NOT volunteer_no = ''"
)
KEEP_UNNUMBERED = KEEP.format(
    rows="NOT r.data ? 'volunteer_no'",
    key="(school_id, name_key, phone, upper(student_no), twin) WHERE volunteer_no = ''",
)

# All people that MATCHED may match to a record in 待认领, and a few others with the same name.
EXPECTED = (
    " UNION ".join(
        f"""
    SELECT m.id FROM members_member m JOIN members_volunteerrecord v ON upper(m.{name}) = upper(v.{name})
    WHERE m.school_id = %(school)s AND v.school_id = %(school)s AND v.state = 'unclear' AND v.{name} <> ''
    """
        for name in ("student_no", "volunteer_no", "name_key")
    )
    + """
    UNION SELECT n.member_id FROM members_studentnumber n JOIN members_volunteerrecord v ON upper(v.student_no) = upper(n.number)
    WHERE n.school_id = %(school)s AND v.school_id = %(school)s AND v.state = 'unclear'
"""
)
# One statement registers the matched people and then updates the records of those who could be registered.
MATCH_WAITING = f"""
WITH s AS (
    SELECT id, student_no, volunteer_no, name_key, phone, registered_on, listed_on
    FROM members_volunteerrecord WHERE school_id = %(school)s AND state = 'unclear' AND NOT by_hand_only
), {MATCHED}, written AS (
    UPDATE members_member m SET
        registered_on = coalesce(s.registered_on, m.registered_on),
        counts_from = coalesce(s.registered_on, m.registered_on, least(m.counts_from, s.listed_on)),
        volunteer_no = coalesce(nullif(m.volunteer_no, ''), s.volunteer_no),
        registration_source = 'file', registration_evidence = '志愿北京名单，人员导入后自动匹配'
            || CASE WHEN s.registered_on IS NOT NULL OR m.registered_on IS NOT NULL THEN ''
                ELSE '；名单未写注册日期，从 ' || least(m.counts_from, s.listed_on) || ' 起计为已注册' END
    FROM matched x JOIN s USING (id)
    WHERE m.id = x.member_id AND upper(m.volunteer_no) IN ('', upper(s.volunteer_no))
    RETURNING m.id
)
UPDATE members_volunteerrecord v SET state = 'matched', reason = '', member_id = x.member_id
FROM matched x JOIN written ON written.id = x.member_id WHERE v.id = x.id
"""


def compare_volunteers(run: ImportRun) -> None:
    """Give each row its status, reason, changes and target."""
    run_sql(COMPARE, **_build_volunteer_params(run, today=timezone.localdate()))


def merge_volunteers(run: ImportRun, *, today: date) -> None:
    """Register the matched people, then save every row of the list as a VolunteerRecord with its state.

    A registration without a date has none afterwards; it counts from the day of the file (run.as_of, or `today`).
    """
    params = _build_volunteer_params(run, today=today)
    run_sql(HOLD, **params)
    run_sql(REGISTER, **params, filename=run.filename)
    run_sql(KEEP_NUMBERED, **params)
    run_sql(KEEP_UNNUMBERED, **params)
    tell_school_numbers_known(run.school_id)


def match_waiting_volunteers(school_id: int) -> int:
    """Match the records in 待认领 to the current people by the same rule; return the number of matches.

    A record without a date counts from the day of the file that it came with.
    """
    return run_sql(MATCH_WAITING, school=school_id)


def _build_volunteer_params(run: ImportRun, *, today: date) -> dict:
    return {
        "run": run.pk,
        "school": run.school_id,
        "college": run.college.name if run.college else None,
        "college_id": run.college_id,
        "as_of": run.as_of or today,
        "numbers": ["volunteer_no", "student_no"],
    }
