"""What the five questions come to."""

from hypothesis import given
from hypothesis import strategies as st

from referral.domain.worth_asking import QUESTIONS, Answer, Question, weigh

ANSWERS = st.dictionaries(st.sampled_from(Question), st.sampled_from(Answer))


def test_a_rare_cancer_and_a_big_step_are_two_reasons() -> None:
    weighed = weigh({Question.UNSURE: Answer.YES, Question.BIG_STEP: Answer.YES})
    assert weighed.sentence == "2 things you said speak for a second opinion."
    assert len(weighed.reasons) == 2
    assert not weighed.talk_first


def test_nothing_that_speaks_for_it_still_leaves_the_right_to_ask() -> None:
    weighed = weigh({**dict.fromkeys(Question, Answer.NO), Question.AT_EASE: Answer.YES})
    assert weighed.reasons == ()
    assert "it is your right" in weighed.sentence


@given(ANSWERS)
def test_who_must_not_wait_is_told_so_whatever_else_is_answered(answers: dict[Question, Answer]) -> None:
    assert weigh(answers).talk_first == (answers.get(Question.SOON) is Answer.YES)


@given(ANSWERS, st.sampled_from([Question.DISAGREE, Question.BIG_STEP]))
def test_saying_yes_never_takes_a_reason_away(answers: dict[Question, Answer], more: Question) -> None:
    assert set(weigh(answers).reasons) <= set(weigh({**answers, more: Answer.YES}).reasons)


def test_every_question_has_its_words() -> None:
    assert set(QUESTIONS) == set(Question)
