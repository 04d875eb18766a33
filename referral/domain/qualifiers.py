"""Splits off what describes the course of a cancer and not its kind: stage, grade, spread, age, side, markers.

The qualifiers are returned to the page, which asks about them elsewhere; they never decide which cancer it is, unless
a name of the vocabulary carries them (the resolver tries the whole text first).
"""

import re

Tokens = tuple[str, ...]

# Everything after these words names where the cancer went, not where it began.
_SPREAD_TO = re.compile(
    r"\b(?:(?:that|which|it) )?(?:(?:has|have|had) )?"
    r"(?:spread(?:ing)?|metastatic|metastasized|metastases|metastasis|metastase|met|moved|travel(?:l)?ed)"
    r"(?: (?:is|are|now))? (?:to|in|into|on|onto) .*?(?= from |$)"
)
_TO_A_PLACE = re.compile(
    r"\bto (?:the |my |his |her )?(?:liver|lung|brain|bone|lymph node|lymph|spine|peritoneum|adrenal|skin)"
    r"(?: and (?:liver|lung|brain|bone|lymph node|lymph|spine))*$"
)
# The place named right before "metastases" is where it went, too.
_SPREAD = re.compile(
    r"\b(?:with |and )?(?:liver|lung|brain|bone|lymph node|lymph|peritoneum|skin|adrenal|meninges|spine|pleura|distant)"
    r" (?:metastas[ie]s|metastase|mets?)\b(?= from\b|$| in\b)"
)
_STAGE = re.compile(
    r"\b(?:pathologic |clinical |figo |ann arbor |limited |extensive |end |late |early )?stage ?[0-4x]?[a-d]?[0-3]?\b(?: ?(?:or|and|to)? [1-4][a-d]?\b)*"
)
_GRADE = re.compile(
    r"\b(?:who |fuhrman |nuclear |histologic )?grade [1-4](?: [1-4])*\b|\bg[1-3]\b|\bgleason(?: score)?(?: [0-9]+)*"
)
_EDITION = re.compile(
    r"\bajcc(?: v[0-9]| and)*|\bv[678](?: and v[678])*\b|\b[cp]?t[0-4][a-d]?n[0-3x][a-c]?m[01x]\b"
)
_MARKER = re.compile(
    r"\b(?:triple (?:negative|positive)|tnbc"
    r"|(?:er|pr|hr|her ?2|her2 neu|estrogen(?: receptor)?|progesterone(?: receptor)?|hormone(?: receptor)?|pd l1|ebv|hpv(?: ?16)?|p16|psma|ssdr|kit|cd20|cd30|ph|alk|ros1)"
    r" (?:positive|negative|low|sensitive|amplified|expressing)"
    r"|(?:egfr|kras|nras|braf(?: v600e?)?|alk|ros1|ret|met|ntrk[123]?|brca[12]?|pik3ca|fgfr[23]?|idh[12]?|kit|pdgfra|flt3(?: itd)?|npm1|jak2|tp53|p53|her2|erbb2|mgmt|v600e|g12c)"
    r" (?:positive|negative|mutant|mutated|mutation|rearranged|fusion|amplified|altered|methylated|wild ?type|variant|gene)(?: (?:positive|mutant))?"
    r"|(?:msi(?: h)?|microsatellite instability)(?: high)?|mss|microsatellite stable|dmmr|mismatch repair deficient"
    r"|castration resistant|castrate resistant|hormone (?:refractory|sensitive|resistant)|castration sensitive"
    r"|platinum (?:resistant|sensitive|refractory)|radioiodine refractory|iodine refractory|imatinib resistant)\b"
)
_COURSE = re.compile(
    r"\b(?:locally advanced|locally recurrent|locoregional|loco regional|borderline resectable|previously (?:un)?treated|newly diagnosed|de novo"
    r"|(?:very )?(?:high|low|intermediate|standard|favorable|unfavorable|poor|good) risk|in (?:complete |partial )?remission|in relapse"
    r"|metastatic|metastasized|metastases|metastasis|metastase|mets|oligometastatic|secondary spread|recurrent|recurring|recurrence|relapsed|relapsing|relapse"
    r"|refractory|resistant|advanced|advance|terminal|inoperable|operable|unresectable|unresected|resectable|resected|nonresectable|non resectable|non metastatic|nonmetastatic"
    r"|untreated|treated|progressive|progressing|persistent|residual|localized|regional|disseminated|incurable|curable|early|late|end stage|symptomatic"
    r"|hereditary|familial|sporadic|bulky|extensive|limited|multifocal|unifocal|biopsy proven|suspected|possible|probable|confirmed|incidental|new|stage|grade)\b"
)
_WHO = re.compile(
    r"\b(?:[0-9]+ ?(?:years?|yrs?|yo|months?|y)(?: old)?|adult|childhood|child|children|pediatric|infant|elderly|adolescent|young|teenage|aya|male|female|men|women|man|woman|geriatric|older|old)\b"
)
_SIDE = re.compile(
    r"\b(?:left|right|bilateral|unilateral|l|r|upper|lower|middle|proximal|distal|mid)(?: sided?| side)?\b(?! (?:gi|urinary|tract|aerodigestive)\b)"
)

# Words of a pathology report that seldom decide the kind; tried last.
_LOOSE = re.compile(
    r"\b(?:(?:well|moderately|poorly|un)? ?differentiated|invasive|infiltrating|infiltrative|(?:non ?)?keratinizing"
    r"|conventional|usual|typical|solitary|multiple|single|focal|primary|pure|variant|grade|low grade|high grade)\b"
)

_WHERE_TO = (_SPREAD_TO, _TO_A_PLACE, _SPREAD)
_COURSE_ONLY = (*_WHERE_TO, _STAGE, _EDITION, _COURSE)
# Markers come before the course: "castration resistant" is one thing.
_DESCRIPTION = (*_WHERE_TO, _STAGE, _EDITION, _MARKER, _COURSE, _GRADE, _WHO, _SIDE)
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
