"""Splits off what describes the course of a cancer and not its kind: stage, grade, spread, age, side, markers.

The qualifiers are returned to the page, which asks about them elsewhere; they never decide which cancer it is, unless
a name of the vocabulary carries them (the resolver tries the whole text first). The texts are canonical words, joined
by spaces: lower case, Arabic numerals, no punctuation.
"""

import re

from referral.domain.markers import MARKER, any_of, words

Tokens = tuple[str, ...]


_PLACE = any_of(
    *("liver", "lung", "brain", "bone", "lymph node", "lymph", "peritoneum", "skin", "adrenal", "meninges", "spine"),
    *("pleura", "distant"),
)
# Everything after these words names where the cancer went, not where it began.
_SPREAD_TO = re.compile(
    r"\b(?:(?:that|which|it) )?(?:(?:has|have|had) )?"
    + any_of(
        "spread(?:ing)?", "metastatic", "metastasized", "metastas[ei]s", "metastase", "mets?", "moved", "travell?ed"
    )
    + r"(?: (?:is|are|now))? (?:to|in|into|on|onto) .*?(?= from |$)"
)
_TO_A_PLACE = re.compile(rf"\bto (?:the |my |his |her )?{_PLACE}(?: and {_PLACE})*$")
# The place named right before "metastases" is where it went, too.
_SPREAD = re.compile(rf"\b(?:with |and )?{_PLACE} (?:metastas[ie]s|metastase|mets?)\b(?= from\b|$| in\b)")

_STAGE = re.compile(
    r"\b(?:(?:pathologic|clinical|figo|ann arbor|limited|extensive|end|late|early) )?"
    r"stage ?(?:one|two|three|four|[0-4x]?[a-d]?[0-3]?)\b"
    r"(?: ?(?:or|and|to)? [1-4][a-d]?\b)*"
)
_EDITION = re.compile(
    r"\bajcc(?: v[0-9]| and)*|\bv[678](?: and v[678])*\b"
    r"|\b[cpry]{0,3}t(?:[0-4x][a-d]?|is) ?n[0-3x][a-c]?(?: ?m[01x][a-c]?)?\b|\b[cpry]{1,2}t[0-4][a-d]?\b"
)
_GRADE = re.compile(
    r"\b(?:with )?(?:(?:high|low) grade|severe|moderate|mild) dysplasia\b|"
    r"\b(?:(?:who|fuhrman|nuclear|histologic) )?grade [1-4](?: [1-4])*\b|\bg[1-3]\b|\bgleason(?: score)?(?: [0-9]+)*"
)
_COURSE = words(
    any_of(
        *("locally (?:advanced|recurrent)", "loco ?regional", "borderline resectable", "previously (?:un)?treated"),
        *("newly diagnosed", "de novo", "not having achieved remission", "in (?:complete |partial )?remission"),
        *("in (?:first |second )?relapse", "secondary spread", "uncertain behavior"),
        "(?:very )?(?:high|low|intermediate|standard|favorable|unfavorable|poor|good) risk",
        *("(?:oligo|non ?)?metastatic", "metastasized", "metastas[ei]s", "metastase", "mets", "recurr(?:ent|ing|ence)"),
        *("relaps(?:ed|ing|e)", "refractory", "resistant", "advanced?", "terminal", "(?:in)?operable"),
        *("(?:un|non ?)?resect(?:able|ed)", "(?:un)?treated", "progress(?:ive|ing)", "persistent", "residual"),
        *("localized", "regional", "disseminated", "(?:in)?curable", "early", "late", "end stage", "symptomatic"),
        *("hereditary", "familial", "sporadic", "bulky", "extensive", "limited", "multifocal", "unifocal"),
        *("biopsy proven", "suspected", "possible", "probable", "confirmed", "incidental", "new"),
    )
)
_WHO = words(
    any_of(
        *(
            "(?:aged? )?[0-9]+ ?(?:years?|yrs?|yo|months?|mo|y)(?: old)?",
            "adult",
            "childhood",
            "child(?:ren)?",
            "pediatric",
        ),
        *(
            "infant",
            "toddler",
            "newborn",
            "elderly",
            "adolescent",
            "young",
            "teenage",
            "aya",
            "(?:fe)?male(?! genital)",
            "(?:wo)?m[ea]n",
            "geriatric",
        ),
        "old(?:er)?",
    )
)
_CHILD = re.compile(r"child|pediatric|infant|toddler|newborn|\b(?:[0-9]|1[0-7]) ?(?:y|m(?!a))")
_SIDE = re.compile(
    r"\b(?:left|right|bilateral|unilateral|l|r|upper|lower|middle|proximal|distal|mid)(?: sided?| side)?\b"
    r"(?! (?:gi|urinary|tract|aerodigestive|respiratory)\b)"
)
# How a classification names what is not said more exactly, and what belongs to it as well.
_PART = words(
    any_of(
        r"(?:other|nos|overlapping|ill defined|certain|multiple)(?: (?:and|or) (?:other|nos|ill defined))?"
        r"(?: specified)? (?:part|site|lesion|type|form)(?: (?:of|in|within|for))?",
        *("(?:part|site) nos", "other and nos", "other specified", "not elsewhere classified", "not specified as .*$"),
        *("extranodal and solid organ", "(?:including|except|excluding) .*$", "so stated"),
        "without (?:mention|evidence) of .*$",
        r"(?<=oma )(?:nos )?(?:(?:intra ?[a-z]+|multiple) )?lymph node(?: .*)?$",
    )
)
# Words of a pathology report that seldom decide the kind; tried last.
_LOOSE = words(
    any_of(
        *(
            "(?:well|moderately|poorly|un)? ?differentiated",
            "invasive",
            "infiltrat(?:ing|ive)",
            "(?:non ?)?keratinizing",
        ),
        *("conventional", "usual", "typical", "solitary", "multiple", "single", "focal", "primary", "pure"),
        *("variant", "secondary", "stage", "uncertain behavior", "overlapping"),
    )
)

_WHERE_TO = (_SPREAD_TO, _TO_A_PLACE, _SPREAD)
_COURSE_ONLY = (*_WHERE_TO, _STAGE, _EDITION, _COURSE)
# Markers come before the course: "castration resistant" is one thing.
_DESCRIPTION = (*_WHERE_TO, _STAGE, _EDITION, _GRADE, MARKER, _COURSE, _WHO, _PART, _SIDE)
_COURSE_OF_TUMORS = words(
    any_of(
        *("(?:oligo)?metast[a-z]+", "mets", "spread[a-z]*", "recurr[a-z]+", "relaps[a-z]+", "refractory", "remission"),
        *("(?:in|un|non )?(?:oper|resect)able", "advanced", "biopsy proven", "dysplasia"),
    )
)
_OF_TUMORS = (_STAGE, _EDITION, _GRADE, MARKER, _COURSE_OF_TUMORS)
LEVELS = (_COURSE_ONLY, _DESCRIPTION, (*_DESCRIPTION, _LOOSE))


def split_qualifiers(tokens: Tokens, level: int) -> tuple[Tokens, Tokens]:
    """(the tokens left, the qualifiers found) of canonical tokens.

    Level 0 splits off stage and course; 1 also grade, markers, age and side, which can be part of a name; 2 also words
    such as "invasive" that seldom decide the kind.
    """
    text = " ".join(tokens)
    found: list[str] = []
    for pattern in LEVELS[level]:
        said = [match.group().strip() for match in pattern.finditer(text)]
        shorter = " ".join(pattern.sub(" ", text).split()) if said else ""
        if shorter:  # a text that is nothing but a qualifier still says something
            found.extend(said)
            text = shorter
    return tuple(text.split()), tuple(word for word in found if word)


def says_child(qualifiers: Tokens) -> bool:
    """Whether some of the qualifiers that were split off say that a child is ill."""
    return any(_CHILD.search(qualifier) for qualifier in qualifiers)


def means_tumor(qualifiers: Tokens) -> bool:
    """Whether some of the qualifiers are said of tumours only: a stage, a spread, a gene; not an age or a side."""
    return any(pattern.search(qualifier) for qualifier in qualifiers for pattern in _OF_TUMORS)
