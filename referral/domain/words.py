"""What every reader of pathology reports knows about its words: equal spellings, equal words, words without weight.

Used alike on the vocabulary and on what people type, so that both sides meet. Facts of language, written for this
project; no table is copied.
"""

# British and older spellings: these letters, wherever they stand in a word, become those.
BRITISH = (
    ("tumour", "tumor"),
    ("oesoph", "esoph"),
    ("aemi", "emi"),
    ("leuc", "leuk"),
    ("haem", "hem"),
    ("paed", "ped"),
    ("gynaec", "gynec"),
    ("caec", "cec"),
    ("colour", "color"),
    ("diarrhoea", "diarrhea"),
    ("foet", "fet"),
    ("neurolem", "neurilem"),
    ("isation", "ization"),
    ("ised", "ized"),
)

# One word for one thing: the organ's noun for its adjectives, one of several spellings, the words behind the letters.
SAME_WORD = {
    "renal": "kidney", "hepatic": "liver", "gastric": "stomach", "pulmonary": "lung", "bronchogenic": "lung",
    "bronchial": "lung", "bronchus": "lung", "bronchi": "lung", "colonic": "colon", "rectal": "rectum",
    "anal": "anus", "anorectal": "anorectum", "pancreatic": "pancreas", "ovarian": "ovary", "ovarie": "ovary",
    "uterine": "uterus", "womb": "uterus", "endometrial": "endometrium", "cervical": "cervix",
    "endocervical": "endocervix", "vaginal": "vagina", "vulvar": "vulva", "vulval": "vulva",
    "prostatic": "prostate", "testicular": "testis", "testicle": "testis", "teste": "testis", "penile": "penis",
    "vesical": "bladder", "ureteral": "ureter", "ureteric": "ureter", "urethral": "urethra",
    "suprarenal": "adrenal", "thymic": "thymus", "hypophyseal": "pituitary", "hypophysis": "pituitary",
    "cutaneous": "skin", "dermal": "skin", "osseous": "bone", "bony": "bone", "skeletal": "bone",
    "skeleton": "bone", "cerebral": "brain", "cerebrum": "brain", "intracranial": "brain",
    "cerebellar": "cerebellum", "ocular": "eye", "intraocular": "eye", "eyeball": "eye", "orbital": "orbit",
    "conjunctival": "conjunctiva", "choroidal": "choroid", "uveal": "uvea", "retinal": "retina",
    "corneal": "cornea", "nasal": "nose", "lingual": "tongue", "laryngeal": "larynx", "pharyngeal": "pharynx",
    "oropharyngeal": "oropharynx", "hypopharyngeal": "hypopharynx", "nasopharyngeal": "nasopharynx",
    "tonsillar": "tonsil", "esophageal": "esophagus", "gullet": "esophagus", "duodenal": "duodenum",
    "jejunal": "jejunum", "ileal": "ileum", "appendiceal": "appendix", "appendicular": "appendix",
    "peritoneal": "peritoneum", "pleural": "pleura", "mediastinal": "mediastinum",
    "retroperitoneal": "retroperitoneum", "splenic": "spleen", "mammary": "breast", "meningeal": "meninges",
    "meninge": "meninges", "leptomeningeal": "meninges", "spinal": "spine", "cardiac": "heart",
    "tracheal": "trachea", "ampullary": "ampulla", "lymphatic": "lymph", "gingival": "gum", "gingiva": "gum",
    "palatal": "palate", "labial": "lip", "mesenteric": "mesentery", "omental": "omentum", "abdominal": "abdomen",
    "thoracic": "chest", "ribs": "rib", "eyes": "eye", "arms": "arm", "legs": "leg", "ears": "ear", "lips": "lip",
    "toes": "toe", "hips": "hip", "feet": "foot", "ventricular": "ventricle", "thalamic": "thalamus",
    "pontine": "pons", "cecal": "cecum",
    "sigmoidal": "sigmoid", "parotideal": "parotid", "placental": "placenta", "myometrial": "myometrium",
    "pericardial": "pericardium", "muscular": "muscle", "tubal": "tube", "lacrymal": "lacrimal",
    "ependymal": "ependymoma", "aml": "acute myeloid leukemia", "cml": "chronic myeloid leukemia",
    "mds": "myelodysplastic syndrome", "mpn": "myeloproliferative neoplasm", "cll": "chronic lymphocytic leukemia",
    "dlbcl": "diffuse large b cell lymphoma", "nhl": "non hodgkin lymphoma", "ptcl": "peripheral t cell lymphoma",
    "mpal": "mixed phenotype acute leukemia", "alcl": "anaplastic large cell lymphoma",
    "cmml": "chronic myelomonocytic leukemia", "ctcl": "skin t cell lymphoma",
    "apl": "acute promyelocytic leukemia", "ptld": "post transplant lymphoproliferative disorder",
    "nsclc": "non small cell lung cancer", "sclc": "small cell lung cancer", "rcc": "kidney cell carcinoma",
    "hcc": "hepatocellular carcinoma", "gbm": "glioblastoma", "scc": "squamous carcinoma",
    "bcc": "basal cell carcinoma", "ccrcc": "clear cell kidney cell carcinoma", "dcis": "ductal carcinoma in situ",
    "crc": "colorectal cancer", "gist": "gastrointestinal stromal tumor", "lch": "langerhans cell histiocytosis",
    "net": "neuroendocrine tumor", "bnhl": "b cell non hodgkin lymphoma", "epidermoid": "squamous",
    "colloid": "mucinous", "mucoid": "mucinous", "neurilemmoma": "schwannoma", "neurilemoma": "schwannoma",
    "neurinoma": "schwannoma", "neurolemmoma": "schwannoma", "myelogenous": "myeloid", "myelocytic": "myeloid",
    "granulocytic": "myeloid", "classic": "classical", "unspecified": "nos", "anaplasia": "anaplastic",
    "malignancie": "malignancy", "cancerous": "cancer", "carcinomatous": "carcinoma", "sarcomatous": "sarcoma",
    "tumoral": "tumor", "neoplastic": "neoplasm", "kaposis": "kaposi", "ewings": "ewing", "wilm": "wilms",
    "merkels": "merkel", "burkitts": "burkitt", "pagets": "paget", "waldenstroms": "waldenstrom",
    "hodgkins": "hodgkin", "langerhan": "langerhans", "bowens": "bowen", "sezarys": "sezary", "huerthle": "hurthle",
    "phaeochromocytoma": "pheochromocytoma", "astrocytic": "astrocytoma", "oligodendroglial": "oligodendroglioma",
    "glial": "glioma", "bcell": "b cell", "tcell": "t cell", "nkcell": "nk cell", "nonhodgkin": "non hodgkin",
    "nonhodgkins": "non hodgkin", "nonsmall": "non small", "nonseminomatous": "non seminomatous",
    "nonseminoma": "non seminomatous", "nonmelanoma": "non melanoma", "noninvasive": "non invasive",
    "insitu": "in situ", "idhmutant": "idh mutant", "neoplasia": "neoplasm", "mutated": "mutant",
    "mutation": "mutant", "rearrangement": "rearranged", "rearrangements": "rearranged", "rearrange": "rearranged",
    "keratinising": "keratinizing", "fibromatose": "fibromatosis", "paediatric": "pediatric",
    "differentiate": "differentiated", "hemopoietic": "hematopoietic", "posttransplant": "post transplant",
    "posttransplantation": "post transplant", "transplantation": "transplant", "leukaemic": "leukemic",
    "thrombocythaemia": "thrombocythemia", "histiocytose": "histiocytosis", "mastocytose": "mastocytosis",
    "smouldering": "smoldering", "maltoma": "malt lymphoma", "glioblastome": "glioblastoma", "naevus": "nevus",
    "nevi": "nevus", "naevi": "nevus",
}  # fmt: skip

# Several words for one thing. Keys and values are in the form that SAME_WORD leaves.
SAME_PHRASE = {
    "squamous cell": "squamous", "transitional cell": "urothelial", "signet ring cell": "signet ring",
    "signet cell": "signet ring", "not otherwise specified": "nos", "urinary bladder": "bladder",
    "gall bladder": "gallbladder", "thyroid gland": "thyroid", "parathyroid gland": "parathyroid",
    "adrenal gland": "adrenal", "pituitary gland": "pituitary", "prostate gland": "prostate",
    "thymus gland": "thymus", "pineal gland": "pineal", "pineal body": "pineal", "pineal region": "pineal",
    "breast gland": "breast", "cervix uteri": "cervix", "uterus cervix": "cervix", "cervix uterus": "cervix",
    "neck uterus": "cervix", "uterus corpus": "uterus", "corpus uteri": "uterus", "uterus body": "uterus",
    "body uterus": "uterus", "food pipe": "esophagus", "b all": "b cell acute lymphoblastic leukemia",
    "t all": "t cell acute lymphoblastic leukemia", "philadelphia all": "philadelphia acute lymphoblastic leukemia",
    "lymphoproliferative disease": "lymphoproliferative disorder", "natural killer": "nk",
    "central nervous system": "cns", "peripheral nervous system": "pns", "endodermal sinus": "yolk sac",
    "hodgkin disease": "hodgkin lymphoma", "head and neck": "head neck", "adrenal cortical": "adrenal cortex",
    "adrenocortical": "adrenal cortex", "adrenal medullary": "adrenal medulla", "large bowel": "colorectum",
    "large intestine": "colorectum", "colon and rectum": "colorectum", "colon or rectum": "colorectum",
    "colorectal": "colorectum", "small bowel": "small intestine", "small intestinal": "small intestine",
    "gastro esophagus": "gastroesophageal", "esophago stomach": "gastroesophageal",
    "esophagogastric": "gastroesophageal", "epstein barr virus": "ebv", "epstein barr": "ebv",
    "human papillomavirus": "hpv", "b lymphocyte": "b cell", "t lymphocyte": "t cell", "b lineage": "b cell",
    "t lineage": "t cell", "neuro endocrine": "neuroendocrine", "adeno carcinoma": "adenocarcinoma",
    "adeno squamous": "adenosquamous", "myelo dysplastic": "myelodysplastic",
    "myelo proliferative": "myeloproliferative", "lympho proliferative": "lymphoproliferative",
    "low malignant potential": "borderline", "low malignancy potential": "borderline",
    "uncertain malignancy potential": "uncertain malignant potential", "atypical proliferative": "borderline",
    "malignant mixed mullerian": "carcinosarcoma", "mixed mullerian": "carcinosarcoma",
    "malignant mixed mesodermal": "carcinosarcoma", "mixed mesodermal": "carcinosarcoma",
    "hemato poietic": "hematopoietic", "salivary gland": "salivary", "fallopian tube": "fallopian",
    "uterus tube": "fallopian", "ampulla vater": "ampulla", "vater ampulla": "ampulla", "papilla vater": "ampulla",
    "ampulla of vater": "ampulla", "ampullar": "ampulla", "b acute lymphoblastic": "b lymphoblastic",
    "philadelphia chromosome": "philadelphia", "oral cavity": "mouth", "oral": "mouth", "buccal cavity": "mouth",
    "not melanoma": "non melanoma", "other than melanoma": "non melanoma", "not hodgkin": "non hodgkin",
    "not small cell": "non small cell", "voice box": "larynx", "windpipe": "trachea",
    "pretreated": "previously treated", "in situ": "insitu",
}  # fmt: skip


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


# Words that say only that it is a tumour. `sarcoma`, `lymphoma` and their like say more and are not here.
TUMOR_WORDS = word_set("ca cancer carcinoma growth lump malignancy malignant mass neoplasm tumor")

# Endings of words that name a tumour or a disease of the blood, the few such words with another ending, and words
# with such an ending that name something else.
TUMOR_ENDINGS = ("oma", "emia", "cytosis", "matosis", "carcinoid", "proliferative", "oblastic")
TUMOR_NAMES = word_set("cyst ewing fibroid gist hodgkin mole myelodysplasia nevus polyp wilms")
NO_TUMOR_NAMES = word_set(
    "anemia asthma bacteremia bulimia cholesterolemia coccidioma coma dyslipidemia glaucoma glycemia hematoma "
    "hypercalcemia hypercholesterolemia hyperglycemia hyperkalemia hyperlipidemia hyperuricemia hypoglycemia "
    "hypokalemia hyponatremia hypovolemia hypoxemia ischemia leukocytosis lipidemia lymphocytosis phagocytosis "
    "phlyctenoma sarcomatosis scotoma septicemia stroma thalassemia toxemia trachoma uremia viremia "
)

# Words that tell kinds of one tumour apart and say little by themselves.
FAINT_WORDS = word_set("cell grade high low")

# Words that carry no meaning in a name or a question.
STOP_WORDS = word_set(
    "a about also an and arising as associated at aunt been brother by called dad daughter de del diagnosed "
    "diagnosis disease disorder doctor due el en father for form friend from get getting got grandfather "
    "grandma grandmother grandpa had has have he help her his husband i in involving is it just kind la las "
    "los me mom mother mum my name nos of on or organ our parent partner patient please primary region related "
    "said say says she sister site so some son subtype system that the their there they think this to told "
    "type uncle variant very was we what who wife with y you your "
)

# After an organ's word these say that a tumour looks like one of that organ, not that it is there.
LIKENING = word_set("type like")
