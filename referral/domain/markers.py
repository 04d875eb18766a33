"""Genes, their variants and the markers of a pathology report, as they stand in a text of canonical words.

A marker describes a cancer and does not name it, unless a name of the vocabulary carries it. Gene symbols are those of
the HUGO nomenclature that reports of cancers name most; facts, written for this project.
"""

import re


def any_of(*phrases: str) -> str:
    """A group that matches one of the phrases, each phrase a regular expression."""
    return "(?:" + "|".join(phrases) + ")"


def words(phrase: str) -> re.Pattern[str]:
    """A pattern for a phrase between the borders of words."""
    return re.compile(rf"\b{phrase}\b")


def _listed(text: str) -> str:
    """A group of the phrases in a text, separated by semicolons."""
    return any_of(*(phrase.strip() for phrase in text.split(";")))


# Symbols that are no other word, so that they may stand alone: "EGFR lung cancer".
_SURE_GENE = _listed(r"""
    abl1?; akt[123]; apc gene; arid1[ab]; asxl1; atm; atrx; b2m; bap1; bcl ?[26]; bcr abl1?; braf; brca[12]; brip1;
    calr; ccnd1; ccne1; cd274; cdh1; cdk(?:4|6|12); cdkn2[ab]; cebpa; chek2; cldn ?18(?: 2)?; claudin(?: 18)?(?: 2)?;
    csf1r; ctnnb1; dnmt3a; egfr; eml4(?: alk)?; erbb[234]; ezh2; fgfr[1234]?; flt3; foxl2; gnaq; gna11; gnas;
    h3 k27m?; her ?2(?: neu)?; hras; idh[12]?; jak[123]; keap1; kmt2a; kras; map2k1; mdm2; mlh1; msh[26]; mpl; mtor;
    mutyh; myc; mycn; myd88; nf[12]; notch1; npm1; nras; nrg1; ntrk[123]?; p16; p53; palb2; pbrm1; pd ?l1; pdgfr[ab];
    pik3ca; pms2; pole; ptch1; pten; rb1; ret gene; rnf43; ros ?1; runx1; sdh[abcdx]?; sf3b1; smad4; smarca4;
    smarcb1; smo; spop; stk11; tert; tet2; tfe3; tmprss2(?: erg)?; tp53; tsc[12]; u2af1; vhl
""")
# Symbols that are words as well, and receptors and viruses: only beside a state or a variant.
_GENE = any_of(
    _SURE_GENE,
    _listed(r"""
        afp; alk; androgen(?: receptor)?; apc; ar; brca; c ?kit; c ?met; ca ?(?:125|19 9|15 3); cd ?[0-9]{1,3}; cea;
        ebv; er; erg; estrogen(?: receptor)?; hormone(?: receptor)?; hpv(?: ?(?:16|18))?; hr; ki ?67; kit; met; mgmt;
        ph; pr; progesterone(?: receptor)?; psa; psma; ras; ret; ssdr; sstr2?
    """),
)
_VARIANT = _listed(r"""
    (?:p )?[acdefghiklmnpqrstvwy][0-9]{2,4}(?:[acdefghiklmnpqrstvwyx]|fs|del|dup|ins)?;
    (?:exon|ex) ?[0-9]{1,2}(?: [0-9]{1,2})?(?: (?:del(?:etion)?|ins(?:ertion)?|skipping|skip))?;
    itd; tkd; [0-9]{1,3} percent; [0-9]{1,3}
""")
_STATE = _listed(r"""
    (?:un)?methylated; alteration; altered; amplification; amplified; carrier; codeleted; deficient;
    delet(?:ed|ion); driven; equivocal; express(?:ing|ion); fused; fusion; gene; germline; high(?! grade);
    insertion; intact; loss; lost; low(?! grade); methylation; mutant; mutated; mutation; negative;
    overexpress(?:ing|ion)?; pathogenic; positive; proficient; rearranged; score; sensitive; somatic; status;
    translocat(?:ed|ion); ultra ?low; unknown; variant; wild ?type; wt
""")
MARKER = words(
    any_of(
        rf"{_GENE}(?: {_GENE})*(?:(?: {_VARIANT})+(?: {_STATE})*|(?: {_STATE})+)",
        rf"{_STATE} for {_GENE}(?: {_VARIANT})*",
        _SURE_GENE,
        _listed(r"""
            triple (?:negative|positive); tnbc; (?:msi|microsatellite instability)(?: ?h)?(?: high| low)?; mss;
            microsatellite stable; [dp]mmr; mismatch repair (?:deficient|proficient); tmb(?: high| low)?; hrd; hrr;
            castrat(?:ion|e) (?:resistant|sensitive); castration naive; [a-z]+ib resistant; (?:radio)?iodine refractory;
            hormone (?:refractory|sensitive|resistant|naive); platinum (?:resistant|sensitive|refractory)
        """),
    )
)
