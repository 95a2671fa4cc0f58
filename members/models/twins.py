"""Numbers that differ in case only: one number since this is refused, two people where they had been there before."""

import pgtrigger


def build_twin_trigger(number: str, twin: str) -> pgtrigger.Trigger:
    """Return a trigger that ends the exemption of a row (column `twin`) as soon as its number becomes another one."""
    return pgtrigger.Trigger(
        name=f"{twin}_ends",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(number),
        condition=pgtrigger.Condition(f"OLD.{twin} > 0 AND upper(OLD.{number}) <> upper(NEW.{number})"),
        func=f"NEW.{twin} = 0; RETURN NEW;",
    )
