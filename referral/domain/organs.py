"""Which organ a text names, and which organ a cancer belongs to.

Several organs can share one tissue of the tree, as esophagus and stomach do, so the same tissue does not yet mean the
same organ. What a cancer's own name says about its place decides, or else the name of the nearest node above it.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable
from enum import IntEnum
from functools import cached_property, lru_cache

from referral.domain.cancers import CancerTree
from referral.domain.lexicon import Entry, Lexicon, Site, Tokens
from referral.domain.normalise import bag, canonical_tokens, clean, surface_words
from referral.domain.words import TUMOR_WORDS

# Tumours of these tissues occur anywhere in the body, so another organ's name does not speak against them.
ANYWHERE = frozenset({"SOFT_TISSUE", "LYMPH", "MYELOID", "PNS", "OTHER", "SKIN", "BONE"})
_ON_THE_SURFACE = frozenset({"SKIN", "BONE"})  # anywhere on the skin or in a bone, but not in an inner organ
_WITH_SKIN = frozenset({"SKIN", "HEAD_NECK", "EYE", "SOFT_TISSUE", "BONE", "OTHER", "LYMPH", "PENIS", "VULVA"})
_LYMPH = "LYMPH"
_ORGAN_ADJECTIVES = frozenset({"enteric", "intestinal", "pancreatobiliary"})  # that have no noun of their own
_UNKNOWN_PRIMARY = "C80.1"  # the code of cancers whose place is not known: said of no named place
_SPECIFIC = 0.8  # the share of a word's terms at one tissue from which on the word says the tissue
_REMEMBERED = 5_000  # words of texts whose tissue is remembered

Places = tuple[frozenset[str], frozenset[str]]


class Fit(IntEnum):
    """How well the place of a cancer fits the places that a text names."""

    ANOTHER = 0
    NARROWER = 1  # the cancer is of a part of the place only
    TISSUE = 2  # the cancer's name says no place within the tissue
    SAME = 3


class Organs:
    """Compares the places that texts name with those of cancers; what is asked once is remembered."""

    def __init__(self, tree: CancerTree, lexicon: Lexicon) -> None:
        self._tree = tree
        self._lexicon = lexicon
        self.home = lru_cache(maxsize=None)(self._home)
        self.places = lru_cache(maxsize=None)(self._places)  # asked of the vocabulary's own words only
        self.says_tissue = lru_cache(maxsize=_REMEMBERED)(self._says_tissue)

    def fit(self, code: str, sites: list[Site]) -> Fit:
        """How well a cancer fits the best of the places."""
        root = self._tree.root(code)
        keys = (self._key(codes, root) for _, codes in sites)
        return max((self._fits(code, root, key) for key in keys if key), default=Fit.ANOTHER)

    def same_place(self, keys: frozenset[str], sites: list[Site]) -> Fit:
        """How well the places that a term names, by their first codes, fit those of a text."""
        named = {codes[0] for _, codes in sites}
        if not keys.isdisjoint(named):
            return Fit.SAME
        if any(key in self._tree.path(name) for key in keys for name in named if not self._one_of_several(key)):
            return Fit.TISSUE
        paths = [self._tree.path(key) for key in keys]
        narrower = any(name in path for path in paths for name in named if not self._one_of_several(name))
        return Fit.NARROWER if narrower else Fit.ANOTHER

    def occurs_there(self, entry: Entry, sites: list[Site]) -> str | None:
        """The code of a kind of tumour that occurs in many organs, where its name stands beside one of them."""
        for at, code in enumerate(entry.term.codes):
            root = self._tree.root(code)
            movable = root in ANYWHERE and (not at or root not in _ON_THE_SURFACE)
            if not movable or code == "OTHER" or _UNKNOWN_PRIMARY in self._tree[code].icd10cm:
                continue
            if root != "SKIN" or "Carcinoma" not in self._tree[code].name or self._of_the_surface(sites):
                return code
        return None

    def _of_the_surface(self, sites: list[Site]) -> bool:
        """Whether all places have skin."""
        return all(self._tree.root(codes[0]) in _WITH_SKIN for _, codes in sites)

    def not_likened(self, tokens: Tokens, entries: Iterable[Entry]) -> list[Entry]:
        """The entries, without those that liken a tumour to the very organ where a text says that it is."""
        likened = self._lexicon.likened
        return [e for e in entries if not self._taken_for_place(likened(e.tokens), tokens, e.term.codes)]

    def alike(self, sites: list[Site]) -> list[Tokens]:
        """The phrases for some places, each followed by the commonest ones for the same: epiglottis, larynx."""
        return list(dict.fromkeys(name for site in sites for name in (site[0], *self._same_places(site[1][0]))))

    def _same_places(self, key: str) -> list[Tokens]:
        """The commonest phrases for a place; a tissue has many places that are not the same."""
        return self._by_key[key][:3] if self._tree[key].parent is not None else []

    @cached_property
    def _by_key(self) -> dict[str, list[Tokens]]:
        """The phrases for places by their first code, those in most terms first."""
        found: dict[str, list[Tokens]] = defaultdict(list)
        for phrase, row in self._lexicon.sites.items():
            found[row.codes[0]].append(phrase)
        postings = self._lexicon.postings
        for phrases in found.values():
            phrases.sort(key=lambda phrase: -min(len(postings.get(token, ())) for token in phrase))
        return found

    def wider(self, sites: list[Site]) -> list[Tokens]:
        """The words of the tissues that some places lie in, where a tissue is one organ."""
        tissues = (dict.fromkeys(map(self._tree.root, codes)) for _, codes in sites)
        roots = dict.fromkeys(root for places in tissues for root in places if len(places) == 1)
        return [self._words(self._tree[root].name) for root in roots if not self._one_of_several(root)]

    def within(self, sites: list[Site], roots: Container[str]) -> list[Site]:
        """The places without those of lymph, to which tumours of other tissues only spread."""
        return [site for site in sites if _LYMPH in roots or self._tree.root(site[1][0]) != _LYMPH]

    def _taken_for_place(self, likened: frozenset[str], tokens: Tokens, codes: Tokens) -> bool:
        """Whether a text names as the place what a name only likens the tumour to, and so means another tumour."""
        if not likened or likened <= self._lexicon.likened(tokens):
            return False
        organs = {word for word in likened if (word,) in self._lexicon.sites or word in _ORGAN_ADJECTIVES}
        if not organs or self._tree.root(codes[0]) == _LYMPH:
            return False
        elsewhere = self._lexicon.sites_in(tuple(token for token in tokens if token not in organs))
        return self.fit(codes[0], elsewhere) is Fit.ANOTHER

    def general(self, site: Site, words: frozenset[str]) -> list[str]:
        """The codes of a place whose names say no kind that the words do not say, the narrowest first."""
        phrase, codes = site
        told = words | frozenset(phrase) | TUMOR_WORDS
        said = (
            code
            for code in codes
            if self._tree[code].parent is None or self._beyond_place(self._tree[code].name) <= told
        )
        return list(dict.fromkeys((*said, *(self._tree.root(code) for code in codes))))

    def _beyond_place(self, name: str) -> frozenset[str]:
        """The words of a name without those of its place."""
        tokens = self._words(name)
        return bag(tokens) - self._lexicon.site_words(tokens)

    def _words(self, name: str) -> Tokens:
        return canonical_tokens(surface_words(clean(name)))

    def name_of(self, code: str) -> Tokens:
        """The canonical words of a cancer's own name."""
        return self._words(self._tree[code].name)

    def _one_of_several(self, code: str) -> bool:
        """Whether a code is a tissue of several organs, whose word as a place means only one of them."""
        cancer = self._tree[code]
        return cancer.parent is None and "/" in cancer.name

    def _key(self, codes: Tokens, root: str) -> str | None:
        return next((code for code in codes if self._tree.root(code) == root), None)

    def _fits(self, code: str, root: str, key: str) -> Fit:
        home = self.home(code)
        if key in home:
            return Fit.SAME
        if key == root:
            return Fit.ANOTHER if self._one_of_several(root) else Fit.NARROWER
        if home == {root}:
            return Fit.SAME if key in self._tree.path(code) else Fit.TISSUE
        if not home.isdisjoint(self._tree.path(key)[1:]):
            return Fit.SAME  # the cancer of a wider place, as of the small intestine for the duodenum
        return Fit.NARROWER if any(key in self._tree.path(place) for place in home) else Fit.ANOTHER

    def _home(self, code: str) -> frozenset[str]:
        """The first codes of the places in the name of a cancer, or of the nearest node above it that names one."""
        root = self._tree.root(code)
        for node in reversed(self._tree.path(code)):
            tokens = self._words(self._tree[node].name)
            keys = (self._key(codes, root) for _, codes in self._lexicon.sites_in(tokens))
            named = frozenset(key for key in keys if key)
            if named:
                return named
        return frozenset({root})

    def _places(self, tokens: Tokens) -> Places:
        """The first codes of the places that a term with these words names, and the words that name them."""
        sites = self._lexicon.sites_in(tokens)
        return frozenset(codes[0] for _, codes in sites), self._lexicon.site_words(tokens)

    def _says_tissue(self, token: str) -> str | None:
        """The tissue at which nearly all terms with this word stand; None for a word of many tissues."""
        roots = Counter(
            self._tree.root(self._lexicon.entries[at].term.codes[0]) for at in self._lexicon.postings.get(token, ())
        )
        tissue, most = roots.most_common(1)[0] if roots else (None, 0)
        return tissue if most >= _SPECIFIC * roots.total() else None
