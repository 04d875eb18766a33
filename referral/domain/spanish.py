"""Spanish words for kinds, places and the course of cancers, each as the English word of the vocabulary.

The tables have whole Spanish names; these single words read what no table has, and sentences in both languages. Keys
are without accents, values in the form that `normalise` leaves. Facts of language, written for this project.
"""

_PAIRS = """
acinares acinar|adenoide adenoid|adenoideo adenoid|adulto adult|adultos adult|aguda acute|agudo acute|alta high
alto high|amigdala tonsil|amigdalas tonsil|anaplasica anaplastic|anaplasico anaplastic|ano anus
apendice appendix|astrocitoma astrocytoma|avanzada advanced|avanzado advanced|baja low|bajo low|basales basal
basocelular basal cell|bazo spleen|benigna benign|benigno benign|biliar bile duct|biliares bile duct|blando soft
blandos soft|boca mouth|brazo arm|bulto lump|cabeza head|canceres cancer|carcinoide carcinoid|celula cell
celulas cell|cerebral brain|cerebro brain|cervicouterino cervix|clara clear|claras clear
colangiocarcinoma cholangiocarcinoma|columna spine|condrosarcoma chondrosarcoma|conducto duct|conductos duct
corazon heart|craneofaringioma craniopharyngioma|cronica chronic|cronico chronic|cuello neck|cutanea skin
cutaneo skin|delgado small|derecha right|derecho right|desconocido unknown|desdiferenciado dedifferentiated
diferenciado differentiated|difusa diffuse|difuso diffuse|duodeno duodenum|embrionario embryonal|encia gum
encias gum|endometrio endometrium|ependimoma ependymoma|epidermoide squamous|eritroide erythroid
escamosa squamous|escamosas squamous|escamoso squamous|esencial essential|esofagico esophagus|esofago esophagus
espinocelular squamous|estadio stage|estomago stomach|estromal stromal|etapa stage|extendido spread
extendio spread|faringe pharynx|fase stage|feocromocitoma pheochromocytoma|folicular follicular
foliculares follicular|fusiformes spindle|ganglio lymph node|ganglios lymph node|garganta throat
gastrica stomach|gastrico stomach|germinal germ|germinales germ|gigantes giant|glandula gland|glandulas gland
gliomas glioma|grado grade|grande large|grandes large|grueso large|hepatica liver|hepatico liver
hepatocelular hepatocellular|higado liver|histiocitosis histiocytosis|hueso bone|huesos bone
indiferenciado undifferentiated|infantil childhood|infiltrante invasive|inflamatoria inflammatory
inflamatorio inflammatory|inmaduro immature|intestinal intestine|intestino intestine|intestinos intestine
invasiva invasive|invasivo invasive|invasor invasive|izquierda left|izquierdo left|labio lip|labios lip
laringe larynx|leiomiosarcoma leiomyosarcoma|lengua tongue|leucemia leukemia|leucemias leukemia|linfaticas lymph
linfatico lymph|linfaticos lymph|linfoblastica lymphoblastic|linfoblastico lymphoblastic|linfocitica lymphocytic
linfoide lymphoid|linfoma lymphoma|linfomas lymphoma|lobulillar lobular|lobulillares lobular
macroglobulinemia macroglobulinemia|maduro mature|maligna malignant|malignas malignant|maligno malignant
malignos malignant|mamaria breast|mamario breast|manto mantle|masa mass|mastocitosis mastocytosis|matriz uterus
mediastino mediastinum|medula marrow|medular medullary|meduloblastoma medulloblastoma|mesotelioma mesothelioma
metastasica metastatic|metastasico metastatic|metastatico metastatic|microcitico small cell
mielodisplasico myelodysplastic|mielofibrosis myelofibrosis|mieloide myeloid|mieloma myeloma
mielomonocitica myelomonocytic|mieloproliferativo myeloproliferative|mixoide myxoid|mixta mixed|mixto mixed
monocitica monocytic|mucinosa mucinous|mucinoso mucinous|mucoepidermoide mucoepidermoid|musculo muscle
muslo thigh|nariz nose|nasofaringe nasopharynx|negativo negative|neoplasia neoplasm|neoplasias neoplasm
nervio nerve|nervioso nervous|neuroendocrina neuroendocrine|neuroendocrino neuroendocrine
neuroendocrinos neuroendocrine|ninos childhood|ojo eye|ojos eye|origen origin|osea bone|oseo bone|ovarico ovary
ovario ovary|ovarios ovary|paladar palate|pancreatica pancreas|pancreatico pancreas|papilar papillary
papilifero papillary|pecho breast|pechos breast|peluda hairy|peludas hairy|pene penis|pequena small
pequenas small|periferico peripheral|peritoneo peritoneum|piel skin|pierna leg|plasmaticas plasma
plasmocitoma plasmacytoma|pleomorfico pleomorphic|policitemia polycythemia|positiva positive|positivo positive
primaria primary|primario primary|promielocitica promyelocytic|prostata prostate|prostatico prostate|pulmon lung
pulmonar lung|pulmones lung|quistica cystic|quistico cystic|rabdomiosarcoma rhabdomyosarcoma|raro rare
recidiva recurrent|recidivante recurrent|recto rectum|recurrente recurrent|regado spread|rego spread
renales kidney|rinon kidney|rinones kidney|salival salivary|salivales salivary|sangre blood
sarcomatoide sarcomatoid|secundaria secondary|secundario secondary|seno breast|senos breast|serosa serous
seroso serous|sindrome syndrome|sinovial synovial|sistema system|suprarrenal adrenal|tejido tissue
tejidos tissue|temprano early|testiculo testis|testiculos testis|timo thymus|timoma thymoma|tiroideo thyroid
tiroides thyroid|transicional transitional|trombocitemia thrombocythemia|tumoral tumor|tumores tumor
urotelial urothelial|uterino uterus|utero uterus|vejiga bladder|vesicula gallbladder|vientre abdomen|zona zone
"""

_BEFORE_MAMA = frozenset({"de", "en", "la", "las"})  # after "mi" or "su" it is one's mother
# Two words for one thing, without the small words between them.
_TWO = {
    "medula osea": "bone marrow",
    "medula espinal": "spinal cord",
    "via biliar": "bile duct",
    "vias biliares": "bile duct",
    "conducto biliar": "bile duct",
    "conductos biliares": "bile duct",
    "vesicula biliar": "gallbladder",
    "cuello uterino": "cervix",
    "cuello utero": "cervix",
    "cuello matriz": "cervix",
    "intestino grueso": "colorectum",
    "intestino delgado": "small intestine",
    "no hodgkin": "non hodgkin",
    "no microcitico": "non small cell",
    "no pequenas": "non small",
    "celulas pequenas": "small cell",
    "no melanoma": "non melanoma",
    "no musculo": "non muscle",
}
_SMALL_WORDS = frozenset(
    ["a", "al", "con", "de", "del", "e", "el", "en", "es", "la", "las", "le", "los", "mi", "o", "por", "se", "su"]
) | {"un", "una", "y"}
_ENGLISH = dict(pair.split(" ", 1) for line in _PAIRS.split("\n") for pair in line.split("|") if " " in pair)
_ENGLISH |= {"mama": "breast"}


def is_spanish(words: list[str]) -> bool:
    """Whether some word of a text is a Spanish one that is known here and looks different in English."""
    return any(_ENGLISH.get(word, word) != word for word in words)


def in_english(words: list[str]) -> list[str]:
    """The surface words of a text with the Spanish ones among them in English, the small words left out."""
    telling = [word for at, word in enumerate(words) if word not in _SMALL_WORDS and not _mother(words, at)]
    result: list[str] = []
    at = 0
    while at < len(telling):
        two = _TWO.get(" ".join(telling[at : at + 2]))
        result.extend((two or _ENGLISH.get(telling[at], telling[at])).split())
        at += 2 if two else 1
    return result


def _mother(words: list[str], at: int) -> bool:
    return words[at] == "mama" and (not at or words[at - 1] not in _BEFORE_MAMA)
