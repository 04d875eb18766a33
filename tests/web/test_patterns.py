from markupsafe import escape

from referral.web.patterns import Gaps, Pattern, escaped


def test_a_text_is_escaped_as_templates_escape_it() -> None:
    for text in ("", "plain – text", "<b>", "a & b", "O'Neil", 'say "yes"', ">"):
        assert escaped(text) == str(escape(text)).encode()


def test_gaps_are_filled_by_name_as_often_as_they_stand() -> None:
    gaps = Gaps("of_", given="there")
    pattern = Pattern.of(f"{gaps.second}: {gaps.first}, {gaps.given}, {gaps.second} %", ("of_first", "of_second"))
    assert b"".join(pattern.fill([b"one", b"two"])) == b"two: one, there, two %"
