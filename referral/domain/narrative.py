"""The words around a cancer: how people tell of it, what was done about it, and the shorthand of doctors.

None of them says which cancer it is, so none is ever corrected into the name of one. Facts of language, written for
this project. All words are as typed but for case and accents.
"""

from referral.domain.normalise import canonical_tokens
from referral.domain.words import word_set

# What was or will be done, by words of its own. "Whipple" is an operation and not a misspelt nipple.
TREATMENTS = word_set(
    "ablation amputation biopsied biopsies biopsy brachytherapy bronchoscopy bx bypass chemo chemoradiation "
    "chemotherapy colectomy colonoscopy colposcopy craniotomy ct cystectomy cystoscopy debulking dialysis dose drain "
    "egd endoscopy enucleation ercp esophagectomy eus excised excision fna folfirinox folfox gastrectomy "
    "hemicolectomy hepatectomy hormonal hysterectomy immunotherapy infusion injection keytruda laparoscopy "
    "laryngectomy laser lobectomy lumpectomies lumpectomy mammogram mammography mastectomies mastectomy medicine meds "
    "mohs mri needle nephrectomy oophorectomy operated operation orchiectomy ostomy pap pathology pet pill pills "
    "pneumonectomy procedure prostatectomy psa radiated radiation radioembolization radiotherapy removal removed "
    "report resected resection rfa robotic sbrt scan scanned scans screening specimen stent surgeries surgery "
    "surgical tace tamoxifen test tests therapy thoracotomy thyroidectomy transfusion treated treatment treatments "
    "turbt ultrasound whipple xray"
) | word_set("biopsia cirugia operacion operado operada quimio quimioterapia radioterapia tratamiento tac resonancia")

_OPERATIONS = ("ectomy", "otomy", "ostomy", "oscopy", "plasty", "graphy", "centesis")

# People, feelings, time, doctors, and the verbs of telling.
TALK_WORDS = word_set(
    "able about actually admitted affected after again age aged ago allowed alone already also although always am amp "
    "and answers any anybody anymore anyone anything anyway app appears appointment april are around as asap ask "
    "asked asking at august aunt aware away baby bad badly be because become been before began begging behind being "
    "believe below beside best better big biggest bit both boy boyfriend breath bring brought but by call called came "
    "can cannot cant care case caught cause caused christmas city clinic close come coming concerned confirm "
    "confirmed confused consistent cost could couple cousin cry crying cure currently dad daddy daughter day days "
    "deal dealing dear december decide decided decision definitely dept deserve desperate despite diag diagnose "
    "diagnosed diagnosing diagnosis did didnt die died different do docs doctor doctors does doesnt doing done dont "
    "dr during dx dxd each easy eight either eleven else end ends even ever every everyone everything everywhere "
    "exactly except expect expert experts explain far fast father february feel feeling few fiance fiancee fifty "
    "fight fighting find finding findings fine first five follow following for forty found freaking friend friends "
    "from full gave get gets getting girl girlfriend give given go god goes going gone good got gran grandad growing "
    "grandchild granddad granddaughter grandfather grandma grandmother grandpa grandparent grandson granny guess guy "
    "guys had half happen happened happening happens has hasnt hate have havent having he healthy hear heard hello "
    "help her here hers herself hes hi him himself his history home hope hopeful hopefully hoping hopkins horrible "
    "hospital hour hours how hubby huge hundred hurt hurts husband hx idk if im immediately important in instead "
    "insurance into is isnt it its itself ive january july june just keep keeps kept kid kids kind kinda knew know "
    "known knows lady last lately later latest learn learned learning least leave less let lets letter life likely "
    "little live lived lives living long longer look looked looking looks lost lot lots love luck made mainly major "
    "make makes man many march matter may maybe mayo me mean means meant meet meeting mention mentioned might mine "
    "missed mom momma mommy mond monday month months more morning most mostly mother move much mum mummy must my "
    "myself name named need needed needs neighbor nephew never new news next nice niece night nine nobody not nothing "
    "november now nowhere nurse nurses october of off often oh ok okay old older oldest on once oncologist oncology "
    "one ones only onto open opinion opinions option options or originally other others our ours out outlook over own "
    "paid pain painful panicked panicking parent parents partner patient patients pay pcp people per perhaps person "
    "plan planned please pls plus plz possible possibly pray prayers praying pressing prob probable probably "
    "prognosis pt put question questions quickly quite radiologist rare read reading ready really reason recent "
    "recently recommend recommended refer referral referred regarding related relative responding response rest "
    "result results run running said same sat saw say saying says scared scary second see seeing seek seeking seem "
    "seems seen self sent september seriously seven several she shes shipyard shock shocked should show showed "
    "showing shown shows sick side sign signs since sis sister six sixty size slow slowly smoked smoker smoking so sob "
    "some somebody someone something somewhere son soon sooner sorry sort speak spend spoke spot spots start started "
    "starting stay stepdad stepmom still stop stopped stopping story strong struggling stuff such suffering "
    "suggest suggested suggests sun sunday support supposed sure surgeon survival survive suspected suspicion "
    "suspicious symptom symptoms take taken takes talk teen teenager tell telling ten terrible terrified than thank "
    "thanks that thats the their them themselves then there theres these they theyre theyve thing things think thirty "
    "this those though "
    "thought through thursday thx till time times tired tmrw today told tomorrow tonight too took top total travel "
    "treat tried trip trust trying tuesday turned turns twelve twenty type typed ugh ultimately unable uncle under "
    "understand unfortunately until update upon upset ur urgent us use used usual usually very view visit vs wait "
    "waited waiting wanna want wanted wants was wasnt way we wed week weeks went were werent weve what whats when "
    "where whether which while who whole whom whos whose why wife will wish with woman wondering wont word words work "
    "worked working world worried worry worse worst would write wrong yeah year years yes yesterday yet you your "
    "youre yours yr yrs"
) | word_set(
    "a abuela abuelita abuelito abuelo ahora al algo alguien algun amiga amigo ano anos aqui asi ayer ayuda buen "
    "busco como con cosa creo cual cuando cunada cunado de del desde despues detectaron dia diagnosticada "
    "diagnosticado diagnosticaron diagnostico dice dicen dieron dijeron dijo doctor doctora donde edad el ella ellos "
    "en encontraron enferma enfermedad enfermo era es esa ese eso esposa esposo esta estaba estado estamos estan este "
    "esto estoy favor fue fueron gracias ha hace hacer han hasta hay he hermana hermano hija hijo hijos hola hombre "
    "hoy la las le les lo los madre mami mamita marido mas me medico mejor mes meses mi mis muchas mucho mujer muy "
    "necesito nina nino nos novia novio nuestra nuestro o operaron otra otro paciente padece padre papa papi parece "
    "pero por porque pregunta prima primo puede puedo que quien quiero sabe saben salio se senor senora ser si sin "
    "sobre sobrina sobrino somos son soy su suegra suegro sus tambien te tenemos tener tengo tenia ti tia tiene "
    "tienen tio toda todo tu tus tuvo un una unas uno unos va ver vez viejita viejito y ya yo"
)

# What a report measures and remarks beside the diagnosis.
REPORT_WORDS = word_set(
    "accident accidental accidentally addendum appearing associated background benefit breslow centimeter clark cm "
    "comment consistent core cores definitive diagnosis diffusely extends extension extent favor favored favoring "
    "feature features final findings focally fragment fragments hx identified immunohistochemistry impression "
    "incidental incidentally increased index infiltrate involved involvement lesion lesions lymphovascular margin "
    "margins measures measuring metavir millimeter mitoses mitotic mm necrosis necrotic nodule nodules perineural "
    "present profile rising sample section sections slide slides stain stains submitted thickness ulcerated "
    "ulceration worrisome"
)

# Doctors' and patients' shorthand for words that say no kind; abbreviations of cancers stand in the tables.
SHORTHAND = {
    "adca": ("adenocarcinoma",),
    "adeno": ("adenocarcinoma",),
    "adenoca": ("adenocarcinoma",),
    "bca": ("breast", "cancer"),
    "carc": ("carcinoma",),
    "crca": ("colorectum", "cancer"),
    "diff": ("differentiated",),
    "dz": ("disease",),
    "inv": ("invasive",),
    "ln": ("lymph", "node"),
    "lns": ("lymph", "node"),
    "malig": ("malignant",),
    "met": ("metastatic",),
    "mod": ("moderately",),
    "neg": ("negative",),
    "panc": ("pancreas",),
    "peds": ("pediatric",),
    "perit": ("peritoneum",),
    "pos": ("positive",),
    "prim": ("primary",),
    "recur": ("recurrent",),
    "sq": ("squamous",),
    "squam": ("squamous",),
    "stg": ("stage",),
    "susp": ("suspected",),
    "undiff": ("undifferentiated",),
}

AROUND = TALK_WORDS | TREATMENTS | REPORT_WORDS
_CANONICAL = frozenset(token for word in AROUND for token in canonical_tokens([word]))


def around(token: str) -> bool:
    """Whether a word, as typed or canonical, is one of those that stand around a cancer and do not name it."""
    return token in _CANONICAL or token in AROUND or token.endswith(_OPERATIONS)
