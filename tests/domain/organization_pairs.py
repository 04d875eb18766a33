"""Sixty pairs of organizations as two sources name them, judged by hand before the matching was tuned.

`same` is one organization beyond doubt, `different` are two, `ask` is what a person has to look at. The names are those
of real institutions, as public files spell them; streets and certification numbers are made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Named:
    """An organization as a source names it."""

    name: str
    line1: str
    city: str
    state: str
    postcode: str
    ccn: str


_PAIRS = """
same | Mayo Clinic; ; Rochester; MN; 55905 | MAYO CLINIC; ; ROCHESTER; MN; 559050001
same | Dana-Farber Cancer Institute; ; Boston; MA; 02215 | DANA FARBER CANCER INSTITUTE INC; ; BOSTON; MA; 02215
same | The Cleveland Clinic Foundation; ; Cleveland; OH; 44195 | CLEVELAND CLINIC FOUNDATION; ; CLEVELAND; OH; 44195
same | St. Jude Children's Research Hospital; ; Memphis; TN; 38105 | SAINT JUDE CHILDRENS RESEARCH HOSPITAL, INC.; ; MEMPHIS; TN; 38105
same | Hospital of the University of Pennsylvania; ; Philadelphia; PA; 19104 | UNIVERSITY OF PENNSYLVANIA HOSPITAL; ; PHILADELPHIA; PA; 19104
same | UNIV. OF MICHIGAN MEDICAL CTR; ; Ann Arbor; MI; 48109 | University of Michigan Medical Center; ; Ann Arbor; MI; 48109
same | Beth Israel Deaconess Medical Centre; ; Boston; MA; 02215 | Beth Israel Deaconess Medical Center, Inc.; ; Boston; MA; 02215
same | Brigham & Women's Hospital; ; Boston; MA; 02115 | BRIGHAM AND WOMENS HOSPITAL; ; BOSTON; MA; 02115
same | Massachusetts General Hospital, Department of Medicine; ; Boston; MA; 02114 | Massachusetts General Hospital; ; Boston; MA; 02114
same | Division of Hematology, Stanford Health Care; ; Stanford; CA; 94305 | STANFORD HEALTH CARE; ; STANFORD; CA; 94305
same | M.D. Anderson Cancer Center; ; Houston; TX; 77030 | MD Anderson Cancer Center; ; Houston; TX; 77030
same | M D ANDERSON CANCER CENTER; ; HOUSTON; TX; 77030 | MD Anderson Cancer Center; ; Houston; Texas; 77030
same | Mt. Sinai Hospital; ; New York; NY; 10029 | MOUNT SINAI HOSPITAL; ; NEW YORK; NY; 10029
same | Texas Oncology, P.A.; ; Dallas; TX; 75246 | TEXAS ONCOLOGY PA; ; DALLAS; TX; 75203
same | Sutter Medical Group; ; Saint Louis; MO; 63101 | SUTTER MEDICAL GROUP LLC; ; ST. LOUIS; MO; 63105
same | City of Hope National Medical Center; ; Duarte; CA; 91010; 050146 | City of Hope; ; Duarte; CA; 91010; 050146
same | Johns Hopkins Hospital; ; Baltimore; MD; 21287; 210009 | THE JOHNS HOPKINS HOSPITAL; ; BALTIMORE; MD; 21205; 210009
same | UPMC Presbyterian Shadyside; ; Pittsburgh; PA; 15213; 390164 | UPMC PRESBYTERIAN; ; PITTSBURGH; PA; 15213; 390164
same | Fox Chase Cancer Ctr.; ; Philadelphia; PA; 19111 | HOSPITAL OF FOX CHASE CANCER CENTER; ; PHILADELPHIA; PA; 19111; 390196
same | Jonsson Comprehensive Cancer Center (UCLA); ; Los Angeles; CA; 90095 | Jonsson Comprehensive Cancer Center; ; Los Angeles; CA; 90024
same | Árbol Oncology Group; ; Mayagüez; PR; 00680 | ARBOL ONCOLOGY GROUP; ; MAYAGUEZ; PR; 680
same | Northwestern Memorial Hospital - Outpatient Pharmacy Department; ; Chicago; IL; 60611 | Northwestern Memorial Hospital; ; Chicago; IL; 60611
same | BLUE HERON HEMATOLOGY-ONCOLOGY ASSOCIATES, PLLC; ; Tulsa; OK; 74104 | Blue Heron Hematology Oncology Assoc.; ; Tulsa; OK; 74136
same | SMITH & JONES MD PA DBA LAKESIDE CANCER CARE; ; Orlando; FL; 32806 | Lakeside Cancer Care; ; Orlando; FL; 32806
different | Mayo Clinic Arizona; ; Phoenix; AZ; 85054 | Mayo Clinic Rochester; ; Rochester; MN; 55905
different | Mayo Clinic; ; Jacksonville; FL; 32224 | Mayo Clinic; ; Rochester; MN; 55905
different | Mayo Clinic Hospital; ; Phoenix; AZ; 85054 | Mayo Clinic; ; Rochester; MN; 55905
different | University of Washington Medical Center; ; Seattle; WA; 98195 | Washington University Medical Center; ; St. Louis; MO; 63110
different | Boston Medical Center; ; Boston; MA; 02118 | Boston Children's Hospital; ; Boston; MA; 02115
different | Tufts Medical Center; ; Boston; MA; 02111 | Boston Medical Center; ; Boston; MA; 02118
different | Houston Methodist Hospital; ; Houston; TX; 77030 | MD Anderson Cancer Center; ; Houston; TX; 77030
different | Texas Children's Hospital; ; Houston; TX; 77030 | Texas Oncology; ; Houston; TX; 77030
different | Kaiser Permanente Oakland Medical Center; ; Oakland; CA; 94611 | Kaiser Permanente Richmond Medical Center; ; Richmond; CA; 94801
different | St. Mary's Hospital; ; Madison; WI; 53715 | St. Mark's Hospital; ; Salt Lake City; UT; 84124
different | St. Mary's Hospital; ; Madison; WI; 53715 | St. Anne's Hospital; ; Madison; WI; 53715
different | Memorial Hospital; ; Gulfport; MS; 39501 | Memorial Hospital; ; Jacksonville; FL; 32216
different | Lenox Hill Hospital; ; New York; NY; 10075 | Mount Sinai Hospital; ; New York; NY; 10029
different | NYU Langone Hospitals; ; New York; NY; 10016 | New York-Presbyterian Hospital; ; New York; NY; 10065
different | Chicago Oncology Associates; ; Chicago; IL; 60611 | Chicago Urology Associates; ; Chicago; IL; 60611
different | Radiation Oncology Associates; ; Denver; CO; 80218 | Rocky Mountain Cancer Centers; ; Denver; CO; 80218
different | Cancer Center of Kansas; ; Wichita; KS; 67214 | Central Care Cancer Center; ; Wichita; KS; 67214
different | Emory University Hospital; ; Atlanta; GA; 30322 | Piedmont Hospital; ; Atlanta; GA; 30309
different | Loma Linda University Medical Center; ; Loma Linda; CA; 92354 | Loma Linda VA Medical Center; ; Loma Linda; CA; 92357
different | Moffitt Cancer Center; ; Tampa; FL; 33612 | Tampa General Hospital; ; Tampa; FL; 33606
different | Duke University Hospital; ; Durham; NC; 27710 | Durham VA Medical Center; ; Durham; NC; 27705
different | Florida Cancer Specialists; ; Fort Myers; FL; 33905 | Florida Cancer Specialists; ; Tallahassee; FL; 32308
ask | The University of Texas M.D. Anderson Cancer Center; ; Houston; TX; 77030 | MD Anderson Cancer Center; ; Houston; TX; 77030
ask | H. Lee Moffitt Cancer Center & Research Institute; ; Tampa; FL; 33612 | Moffitt Cancer Center; ; Tampa; FL; 33612
ask | Robert H. Lurie Comprehensive Cancer Center of Northwestern University; ; Chicago; IL; 60611 | Lurie Cancer Center; ; Chicago; IL; 60611
ask | Memorial Sloan Kettering Cancer Center; ; New York; NY; 10065 | Memorial Sloan-Kettering Hospital; ; New York; NY; 10065
ask | Barnes Jewish Hospital; ; St. Louis; MO; 63110 | Barnes-Jewish West County Hospital; ; St. Louis; MO; 63141
ask | Vanderbilt University Medical Center; ; Nashville; TN; 37232 | Vanderbilt Ingram Cancer Center; ; Nashville; TN; 37232
ask | St. Mary's Hospital; ; Madison; WI; 53715 | St. Mary's Hospital Medical Center; ; Madison; WI; 53715
ask | Mayo Clinic Hospital - Methodist Campus; ; Rochester; MN; 55902 | Mayo Clinic Hospital - Saint Marys Campus; ; Rochester; MN; 55902
ask | Roswell Park Cancer Institute; ; Buffalo; NY; 14263 | Roswell Park Comprehensive Cancer Center; ; Buffalo; NY; 14263
ask | Lakeside Cancer Care; ; Orlando; FL; 32806; 100006 | Lakeside Cancer Care; ; Orlando; FL; 32806; 100128
ask | Fred Hutchinson Cancer Center; ; Seattle; WA; 98109 | Fred Hutchinson Cancer Research Center; ; Seattle; WA; 98109
ask | Harbor Cancer Centre; ; ; ; | Harbor Cancer Center; ; Boston; MA; 02115
ask | Moores Cancer Center; ; La Jolla; CA; 92093 | Moores Cancer Center; ; San Diego; CA; 92037
ask | Wilmot Cancer Institute; ; Rochester; NY; 14642 | James P. Wilmot Cancer Center; ; Rochester; NY; 14642
"""  # noqa: E501 - one pair on one line


def pairs() -> Iterator[tuple[str, Named, Named]]:
    """Each pair with what was judged: same, different or ask."""
    for line in _PAIRS.strip().splitlines():
        judged, left, right = line.split(" | ")
        yield judged, _named(left), _named(right)


def _named(text: str) -> Named:
    name, line1, city, state, postcode, ccn = ([part.strip() for part in text.split(";")] + [""] * 5)[:6]
    return Named(name, line1, city, state, postcode, ccn)
