"""Triggers that keep related rows within one school.

A CHECK constraint cannot do it, since it sees one table only.
"""

import pgtrigger


def build_one_school_triggers(stray: str, problem: str) -> list[pgtrigger.Trigger]:
    """Return triggers that refuse rows whose relations belong to another school.

    They check once per statement for all its rows, so that an import stays quick. `stray` is SQL that selects
    the wrong rows from the transition table `written`; `problem` is the error message in Chinese.
    """
    return [
        pgtrigger.Trigger(
            name=f"one_school_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            referencing=pgtrigger.Referencing(new="written"),
            func=(
                f"IF EXISTS ({stray}) THEN RAISE EXCEPTION '{problem}' USING ERRCODE = 'check_violation'; END IF; "
                "RETURN NULL;"
            ),
        )
        for operation in (pgtrigger.Insert, pgtrigger.Update)
    ]


def build_school_stays_trigger(what: str) -> pgtrigger.Trigger:
    """Return a trigger that refuses a change of `school`; rows that refer to it would stay in the old school.

    `what` names the row in Chinese.
    """
    return pgtrigger.Trigger(
        name="stays_in_school",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.school_id IS DISTINCT FROM NEW.school_id"),
        func=f"RAISE EXCEPTION '{what}不能改到其他学校。' USING ERRCODE = 'check_violation';",
    )
