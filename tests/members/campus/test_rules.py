from members.campus.rules import Facts, Verdict, judge_identity


def judge(**facts) -> Verdict:
    return judge_identity(Facts(number="2018010001", **facts))


def test_number_and_name_let_in():
    assert judge(accounts=1, same_name=True) == Verdict.LINK
    assert judge(person=True, same_name=True) == Verdict.LINK


def test_a_different_name_waits_for_a_secretary():
    assert judge(accounts=1) == Verdict.WAIT
    assert judge(person=True) == Verdict.WAIT
    assert judge(person=True, refused_before=True) == Verdict.REFUSED


def test_a_refusal_of_another_name_does_not_hold_once_the_names_are_equal():
    assert judge(person=True, same_name=True, refused_before=True) == Verdict.LINK


def test_a_code_proves_the_person_whatever_the_name():
    assert judge(accounts=1, proved=True) == Verdict.LINK


def test_nobody_enters_another_account():
    assert judge(accounts=1, same_name=True, other_account=True) == Verdict.OTHER_ACCOUNT
    assert judge(other_account=True) == Verdict.OTHER_ACCOUNT


def test_a_stranger_is_refused():
    assert judge() == Verdict.STRANGER
    assert judge(same_name=True) == Verdict.STRANGER
    assert judge_identity(Facts(number="", accounts=1, same_name=True)) == Verdict.NO_NUMBER


def test_two_accounts_are_never_guessed_between():
    assert judge(accounts=2, same_name=True) == Verdict.SEVERAL


def test_a_disabled_account_stays_closed():
    assert judge(accounts=1, active=False, same_name=True, proved=True) == Verdict.DISABLED


def test_an_account_of_all_schools_is_not_opened_by_the_campus_of_one():
    assert judge(accounts=1, operator=True, same_name=True, proved=True) == Verdict.OPERATOR


def test_people_who_have_left_keep_their_account_but_get_no_new_one():
    assert judge(accounts=1, person=True, left=True, same_name=True) == Verdict.LINK
    assert judge(person=True, left=True, same_name=True) == Verdict.LEFT


def test_an_account_has_one_identity_of_a_campus():
    assert judge(accounts=1, same_name=True, linked_already=True) == Verdict.OTHER_IDENTITY
