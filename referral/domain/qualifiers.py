"""Splits off what describes the course of a cancer and not its kind: stage, grade, spread, age, side, markers.

The qualifiers are returned to the page, which asks about them elsewhere; they never decide which cancer it is, unless
a name of the vocabulary carries them (the resolver tries the whole text first). The texts are canonical words, joined
by spaces: lower case, Arabic numerals, no punctuation.
"""

import re

Tokens = tuple[str, ...]


def _any_of(*phrases: str) -> str:
    """A group that matches one of the phrases, each phrase a regular expression."""
    return "(?:" + "|".join(phrases) + ")"


def _words(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"\b{phrase}\b")


_PLACE = _any_of(
    *("liver", "lung", "brain", "bone", "lymph node", "lymph", "peritoneum", "skin", "adrenal", "meninges", "spine"),
    *("pleura", "distant"),
)
# Everything after these words names where the cancer went, not where it began.
_SPREAD_TO = re.compile(
    r"\b(?:(?:that|which|it) )?(?:(?:has|have|had) )?"
    + _any_of(
        "spread(?:ing)?", "metastatic", "metastasized", "metastas[ei]s", "metastase", "mets?", "moved", "travell?ed"
    )
    + r"(?: (?:is|are|now))? (?:to|in|into|on|onto) .*?(?= from |$)"
)
_TO_A_PLACE = re.compile(rf"\bto (?:the |my |his |her )?{_PLACE}(?: and {_PLACE})*$")
# The place named right before "metastases" is where it went, too.
_SPREAD = re.compile(rf"\b(?:with |and )?{_PLACE} (?:metastas[ie]s|metastase|mets?)\b(?= from\b|$| in\b)")

_STAGE = re.compile(
    r"\b(?:(?:pathologic|clinical|figo|ann arbor|limited|extensive|end|late|early) )?stage ?[0-4x]?[a-d]?[0-3]?\b"
    r"(?: ?(?:or|and|to)? [1-4][a-d]?\b)*"
)
_EDITION = re.compile(r"\bajcc(?: v[0-9]| and)*|\bv[678](?: and v[678])*\b|\b[cp]?t[0-4][a-d]?n[0-3x][a-c]?m[01x]\b")
_GRADE = re.compile(
    r"\b(?:(?:who|fuhrman|nuclear|histologic) )?grade [1-4](?: [1-4])*\b|\bg[1-3]\b|\bgleason(?: score)?(?: [0-9]+)*"
)
_GENE = _any_of(
    *("egfr", "kras", "nras", "braf(?: v600e?)?", "alk", "ros1", "ret", "met", "ntrk[123]?", "brca[12]?", "pik3ca"),
    *(
        "fgfr[23]?",
        "idh[12]?",
        "kit",
        "pdgfra",
        "flt3(?: itd)?",
        "npm1",
        "jak2",
        "tp53",
        "p53",
        "her2",
        "erbb2",
        "mgmt",
    ),
    *("v600e", "g12c"),
)
_GENE_STATE = _any_of(
    *("positive", "negative", "mutant", "mutated", "mutation", "rearranged", "fusion", "amplified", "altered"),
    *("methylated", "wild ?type", "variant", "gene"),
)
_RECEPTOR = _any_of(
    *("er", "pr", "hr", "her ?2", "her2 neu", "estrogen(?: receptor)?", "progesterone(?: receptor)?"),
    *("hormone(?: receptor)?", "pd l1", "ebv", "hpv(?: ?16)?", "p16", "psma", "ssdr", "cd20", "cd30", "ph"),
)
_MARKER = _words(
    _any_of(
        *("triple (?:negative|positive)", "tnbc"),
        rf"{_RECEPTOR} (?:positive|negative|low|sensitive|amplified|expressing)",
        rf"{_GENE} {_GENE_STATE}(?: (?:positive|mutant))?",
        *("(?:msi(?: h)?|microsatellite instability)(?: high)?", "mss", "microsatellite stable"),
        *("dmmr", "mismatch repair deficient", "castrat(?:ion|e) (?:resistant|sensitive)"),
        *("hormone (?:refractory|sensitive|resistant)", "platinum (?:resistant|sensitive|refractory)"),
        *("(?:radio)?iodine refractory", "imatinib resistant"),
    )
)
_COURSE = _words(
    _any_of(
        *("locally (?:advanced|recurrent)", "loco ?regional", "borderline resectable", "previously (?:un)?treated"),
        *("newly diagnosed", "de novo", "in (?:complete |partial )?remission", "in relapse", "secondary spread"),
        "(?:very )?(?:high|low|intermediate|standard|favorable|unfavorable|poor|good) risk",
        *("(?:oligo|non ?)?metastatic", "metastasized", "metastas[ei]s", "metastase", "mets", "recurr(?:ent|ing|ence)"),
        *("relaps(?:ed|ing|e)", "refractory", "resistant", "advanced?", "terminal", "(?:in)?operable"),
        *("(?:un|non ?)?resect(?:able|ed)", "(?:un)?treated", "progress(?:ive|ing)", "persistent", "residual"),
        *("localized", "regional", "disseminated", "(?:in)?curable", "early", "late", "end stage", "symptomatic"),
        *("hereditary", "familial", "sporadic", "bulky", "extensive", "limited", "multifocal", "unifocal"),
        *("biopsy proven", "suspected", "possible", "probable", "confirmed", "incidental", "new"),
    )
)
_WHO = _words(
    _any_of(
        *(
            "[0-9]+ ?(?:years?|yrs?|yo|months?|y)(?: old)?",
            "adult",
            "childhood",
            "child(?:ren)?",
            "pediatric",
            "infant",
        ),
        *(
            "elderly",
            "adolescent",
            "young",
            "teenage",
            "aya",
            "(?:fe)?male",
            "(?:wo)?m[ea]n",
            "geriatric",
            "old(?:er)?",
        ),
    )
)
_SIDE = re.compile(
    r"\b(?:left|right|bilateral|unilateral|l|r|upper|lower|middle|proximal|distal|mid)(?: sided?| side)?\b"
    r"(?! (?:gi|urinary|tract|aerodigestive)\b)"
)
# Words of a pathology report that seldom decide the kind; tried last.
_LOOSE = _words(
    _any_of(
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
_DESCRIPTION = (*_WHERE_TO, _STAGE, _EDITION, _GRADE, _MARKER, _COURSE, _WHO, _SIDE)
LEVELS = (_COURSE_ONLY, _DESCRIPTION, (*_DESCRIPTION, _LOOSE))


def split_qualifiers(tokens: Tokens, level: int) -> tuple[Tokens, Tokens]:
    """(the tokens left, the qualifiers found) of canonical tokens.

    Level 0 splits off stage and course; 1 also grade, markers, age and side, which can be part of a name; 2 also words
    such as "invasive" that seldom decide the kind.
    """
    text = " ".join(tokens)
    found: list[str] = []
    for pattern in LEVELS[level]:
        shorter = " ".join(pattern.sub(" ", text).split())
        if shorter:  # a text that is nothing but a qualifier still says something
            found.extend(match.group().strip() for match in pattern.finditer(text))
            text = shorter
    return tuple(text.split()), tuple(word for word in found if word)
