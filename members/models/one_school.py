"""What hangs together belongs to one school: a truth across tables, which a CHECK cannot see, held by triggers."""

import pgtrigger


def one_school(stray: str, problem: str) -> list[pgtrigger.Trigger]:
    """Refuse rows of two schools, once a statement for all of its rows, so that an import stays quick.

    `stray` is SQL that selects them from `written`; `problem` is what is said, in Chinese.
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


def stays_in_school(what: str) -> pgtrigger.Trigger:
    """Refuse a change of `school`: everything below would be of another school than the row."""
    return pgtrigger.Trigger(
        name="stays_in_school",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.school_id IS DISTINCT FROM NEW.school_id"),
        func=f"RAISE EXCEPTION '{what}不能改到其他学校。' USING ERRCODE = 'check_violation';",
    )
