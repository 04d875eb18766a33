"""Made-up rows in the real layouts of public files: a few for a test, or millions for a benchmark, always the same.

The columns and their order are those of the files of CMS (public domain) and of NUCC.
"""

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.directory.files import NPPES_PERSON, npi, nppes_header

Fields = Mapping[str, str]

MEDICARE = (
    "Rndrng_NPI", "Rndrng_Prvdr_Last_Org_Name", "Rndrng_Prvdr_First_Name", "Rndrng_Prvdr_MI", "Rndrng_Prvdr_Crdntls",
    "Rndrng_Prvdr_Gndr", "Rndrng_Prvdr_Ent_Cd", "Rndrng_Prvdr_St1", "Rndrng_Prvdr_St2", "Rndrng_Prvdr_City",
    "Rndrng_Prvdr_State_Abrvtn", "Rndrng_Prvdr_State_FIPS", "Rndrng_Prvdr_Zip5", "Rndrng_Prvdr_RUCA",
    "Rndrng_Prvdr_RUCA_Desc", "Rndrng_Prvdr_Cntry", "Rndrng_Prvdr_Type", "Rndrng_Prvdr_Mdcr_Prtcptg_Ind", "HCPCS_Cd",
    "HCPCS_Desc", "HCPCS_Drug_Ind", "Place_Of_Srvc", "Tot_Benes", "Tot_Srvcs", "Tot_Bene_Day_Srvcs", "Avg_Sbmtd_Chrg",
    "Avg_Mdcr_Alowd_Amt", "Avg_Mdcr_Pymt_Amt", "Avg_Mdcr_Stdzd_Amt",
)  # fmt: skip
MEDICARE_UNTIL_2018 = (
    "npi", "nppes_provider_last_org_name", "nppes_provider_first_name", "nppes_provider_mi", "nppes_credentials",
    "nppes_provider_gender", "nppes_entity_code", "nppes_provider_street1", "nppes_provider_street2",
    "nppes_provider_city", "nppes_provider_zip", "nppes_provider_state", "nppes_provider_country", "provider_type",
    "medicare_participation_indicator", "place_of_service", "hcpcs_code", "hcpcs_description", "hcpcs_drug_indicator",
    "line_srvc_cnt", "bene_unique_cnt", "bene_day_srvc_cnt", "average_Medicare_allowed_amt",
    "average_submitted_chrg_amt", "average_Medicare_payment_amt", "average_Medicare_standard_amt",
)  # fmt: skip
_SPECIALTIES = ("pri_spec", "sec_spec_1", "sec_spec_2", "sec_spec_3", "sec_spec_4", "sec_spec_all")
CLINICIANS = (
    "NPI", "Ind_PAC_ID", "Ind_enrl_ID", "Provider Last Name", "Provider First Name", "Provider Middle Name", "suff",
    "gndr", "Cred", "Med_sch", "Grd_yr", *_SPECIALTIES, "Telehlth", "Facility Name", "org_pac_id", "num_org_mem",
    "adr_ln_1", "adr_ln_2", "ln_2_sprs", "City/Town", "State", "ZIP Code", "Telephone Number", "ind_assgn",
    "grp_assgn", "adrs_id",
)  # fmt: skip
CLINICIANS_2021 = (
    "NPI", *(f" {name}" for name in (
        "Ind_PAC_ID", "Ind_enrl_ID", "lst_nm", "frst_nm", "mid_nm", "suff", "gndr", "Cred", "Med_sch", "Grd_yr",
        *_SPECIALTIES, "org_nm", "org_pac_id", "num_org_mem", "adr_ln_1", "adr_ln_2", "ln_2_sprs", "cty", "st", "zip",
        "phn_numbr", *(f"hosp_afl_{part}{number}" for number in range(1, 6) for part in ("", "lbn_")), "ind_assgn",
        "grp_assgn", "adrs_id",
    )),
)  # fmt: skip
AFFILIATION = (
    "NPI", "Ind_PAC_ID", "Provider Last Name", "Provider First Name", "Provider Middle Name", "suff", "facility_type",
    "Facility Affiliations Certification Number", "Facility Type Certification Number",
)  # fmt: skip
HOSPITALS = (
    "Facility ID", "Facility Name", "Address", "City/Town", "State", "ZIP Code", "County/Parish", "Telephone Number",
    "Hospital Type", "Hospital Ownership", "Emergency Services",
)  # fmt: skip
NUCC = (
    "Code", "Grouping", "Classification", "Specialization", "Definition", "Notes", "Display Name", "Section",
)  # fmt: skip


def _numbered(stem: str, count: int) -> tuple[str, ...]:
    return tuple(f"{stem}{number}" for number in range(1, count + 1))


def _investigator(number: int) -> tuple[str, ...]:
    who = f"Principal_Investigator_{number}"
    parts = (
        "Covered_Recipient_Type", "Profile_ID", "NPI", "First_Name", "Middle_Name", "Last_Name", "Name_Suffix",
        "Business_Street_Address_Line1", "Business_Street_Address_Line2", "City", "State", "Zip_Code", "Country",
        "Province", "Postal_Code", *_numbered("Primary_Type_", 6), *_numbered("Specialty_", 6),
        *_numbered("License_State_code", 5),
    )  # fmt: skip
    return tuple(f"{who}_{part}" for part in parts)


def _product(number: int) -> tuple[str, ...]:
    parts = (
        "Covered_or_Noncovered_Indicator", "Indicate_Drug_or_Biological_or_Device_or_Medical_Supply",
        "Product_Category_or_Therapeutic_Area", "Name_of_Drug_or_Biological_or_Device_or_Medical_Supply",
        "Associated_Drug_or_Biological_NDC", "Associated_Device_or_Medical_Supply_PDI",
    )  # fmt: skip
    return tuple(f"{part}_{number}" for part in parts)


_PAID_BY = "Applicable_Manufacturer_or_Applicable_GPO_Making_Payment"
_RECIPIENT = (
    "Teaching_Hospital_CCN", "Teaching_Hospital_ID", "Teaching_Hospital_Name", "Covered_Recipient_Profile_ID",
    "Covered_Recipient_NPI", "Covered_Recipient_First_Name", "Covered_Recipient_Middle_Name",
    "Covered_Recipient_Last_Name", "Covered_Recipient_Name_Suffix", "Recipient_Primary_Business_Street_Address_Line1",
    "Recipient_Primary_Business_Street_Address_Line2", "Recipient_City", "Recipient_State", "Recipient_Zip_Code",
    "Recipient_Country", "Recipient_Province", "Recipient_Postal_Code",
    *_numbered("Covered_Recipient_Primary_Type_", 6), *_numbered("Covered_Recipient_Specialty_", 6),
    *_numbered("Covered_Recipient_License_State_code", 5),
)  # fmt: skip
_PAYER = (
    "Submitting_Applicable_Manufacturer_or_Applicable_GPO_Name",
    *(f"{_PAID_BY}_{part}" for part in ("ID", "Name", "State", "Country")),
)
_PRODUCTS = tuple(name for number in range(1, 6) for name in _product(number))
RESEARCH = (
    "Change_Type", "Covered_Recipient_Type", "Noncovered_Recipient_Entity_Name", *_RECIPIENT,
    *(name for number in range(1, 6) for name in _investigator(number)), *_PAYER, "Related_Product_Indicator",
    *_PRODUCTS, "Total_Amount_of_Payment_USDollars", "Date_of_Payment", "Form_of_Payment_or_Transfer_of_Value",
    *_numbered("Expenditure_Category", 6), "Preclinical_Research_Indicator", "Delay_in_Publication_Indicator",
    "Name_of_Study", "Dispute_Status_for_Publication", "Record_ID", "Program_Year", "Payment_Publication_Date",
    "ClinicalTrials_Gov_Identifier", "Research_Information_Link", "Context_of_Research",
)  # fmt: skip
GENERAL = (
    "Change_Type", "Covered_Recipient_Type", *_RECIPIENT, *_PAYER, "Total_Amount_of_Payment_USDollars",
    "Date_of_Payment", "Number_of_Payments_Included_in_Total_Amount", "Form_of_Payment_or_Transfer_of_Value",
    "Nature_of_Payment_or_Transfer_of_Value", "City_of_Travel", "State_of_Travel", "Country_of_Travel",
    "Physician_Ownership_Indicator", "Third_Party_Payment_Recipient_Indicator",
    "Name_of_Third_Party_Entity_Receiving_Payment_or_Transfer_of_Value", "Charity_Indicator",
    "Third_Party_Equals_Covered_Recipient_Indicator", "Contextual_Information", "Delay_in_Publication_Indicator",
    "Record_ID", "Dispute_Status_for_Publication", "Related_Product_Indicator", *_PRODUCTS, "Program_Year",
    "Payment_Publication_Date",
)  # fmt: skip

_MEDICARE_ROW = {
    "Rndrng_NPI": npi(1), "Rndrng_Prvdr_Last_Org_Name": "Rivera", "Rndrng_Prvdr_First_Name": "Ana",
    "Rndrng_Prvdr_Crdntls": "M.D.", "Rndrng_Prvdr_Gndr": "F", "Rndrng_Prvdr_Ent_Cd": "I",
    "Rndrng_Prvdr_St1": "1 Larkspur Road", "Rndrng_Prvdr_City": "Boston", "Rndrng_Prvdr_State_Abrvtn": "MA",
    "Rndrng_Prvdr_State_FIPS": "25", "Rndrng_Prvdr_Zip5": "02115", "Rndrng_Prvdr_RUCA": "1",
    "Rndrng_Prvdr_RUCA_Desc": "Metropolitan area core: primary flow within an urbanized area of 50,000 and greater",
    "Rndrng_Prvdr_Cntry": "US", "Rndrng_Prvdr_Type": "Medical Oncology", "Rndrng_Prvdr_Mdcr_Prtcptg_Ind": "Y",
    "HCPCS_Cd": "J9047", "HCPCS_Desc": "made up", "HCPCS_Drug_Ind": "Y", "Place_Of_Srvc": "O", "Tot_Benes": "20",
    "Tot_Srvcs": "4000", "Tot_Bene_Day_Srvcs": "90", "Avg_Sbmtd_Chrg": "100.12345678",
    "Avg_Mdcr_Alowd_Amt": "40.5", "Avg_Mdcr_Pymt_Amt": "32.1", "Avg_Mdcr_Stdzd_Amt": "33.25",
}  # fmt: skip
_CLINICIAN_ROW = {
    "NPI": npi(1), "Ind_PAC_ID": "4183516331", "Ind_enrl_ID": "I20200101000001", "Provider Last Name": "RIVERA",
    "Provider First Name": "ANA", "gndr": "F", "Cred": "MD", "pri_spec": "MEDICAL ONCOLOGY", "Telehlth": "",
    "Facility Name": "HARBOR ONCOLOGY GROUP PC", "org_pac_id": "1234567890", "num_org_mem": "12",
    "adr_ln_1": "55 LAKE AVE NW", "adr_ln_2": "2ND FLOOR", "City/Town": "BOSTON", "State": "MA",
    "ZIP Code": "021156013", "Telephone Number": "6175550101", "ind_assgn": "Y", "grp_assgn": "M",
    "adrs_id": "MA021156013BO55XXAVEX402",
}  # fmt: skip
_NAMES_IN_2021 = {
    "Provider Last Name": "lst_nm", "Provider First Name": "frst_nm", "Facility Name": "org_nm", "City/Town": "cty",
    "State": "st", "ZIP Code": "zip", "Telephone Number": "phn_numbr",
}  # fmt: skip
_CLINICIAN_ROW_2021 = {_NAMES_IN_2021.get(name, name): value for name, value in _CLINICIAN_ROW.items()}
_AFFILIATION_ROW = {
    "NPI": npi(1), "Ind_PAC_ID": "4183516331", "Provider Last Name": "RIVERA", "Provider First Name": "ANA",
    "facility_type": "Hospital", "Facility Affiliations Certification Number": "220110",
}  # fmt: skip
_HOSPITAL_ROW = {
    "Facility ID": "220110", "Facility Name": "HARBOR HOSPITAL OF THE EAST", "Address": "75 LARKSPUR ST",
    "City/Town": "BOSTON", "State": "MA", "ZIP Code": "2115", "Telephone Number": "(617) 555-0175",
    "Hospital Type": "Acute Care Hospitals",
}  # fmt: skip
_NUCC_ROW = {
    "Code": "207RX0202X", "Grouping": "Allopathic & Osteopathic Physicians", "Classification": "Internal Medicine",
    "Specialization": "Medical Oncology", "Display Name": "Medical Oncology Physician", "Section": "Individual",
}  # fmt: skip
_PAYMENT_ROW = {
    f"{_PAID_BY}_Name": "Larkspur Pharma", "Total_Amount_of_Payment_USDollars": "100.00", "Program_Year": "2023",
    "Date_of_Payment": "03/14/2023",
}  # fmt: skip
_RESEARCH_ROW = {
    **_PAYMENT_ROW, "Covered_Recipient_Type": "Non-covered Recipient Entity",
    "Principal_Investigator_1_NPI": npi(1), "Name_of_Study": "A Study of LP-101 in Patients with Cholangiocarcinoma",
}  # fmt: skip
_GENERAL_ROW = {
    **_PAYMENT_ROW, "Covered_Recipient_Type": "Covered Recipient Physician", "Covered_Recipient_NPI": npi(1),
    "Nature_of_Payment_or_Transfer_of_Value": "Consulting Fee",
}  # fmt: skip
_IN_2018 = dict(
    zip(
        ("npi", "hcpcs_code", "bene_unique_cnt", "line_srvc_cnt", "nppes_provider_last_org_name"),
        ("Rndrng_NPI", "HCPCS_Cd", "Tot_Benes", "Tot_Srvcs", "Rndrng_Prvdr_Last_Org_Name"),
        strict=True,
    )
)


def medicare_file(path: Path, rows: Iterable[Fields]) -> Path:
    """A file by provider and service; each row names what differs from 20 patients on a myeloma drug."""
    return _write(path, MEDICARE, ({**_MEDICARE_ROW, **row} for row in rows))


def medicare_file_until_2018(path: Path, rows: Iterable[Fields]) -> Path:
    """The same with the names of columns used until 2018; rows are given with today's names."""
    full = ({**_MEDICARE_ROW, **row} for row in rows)
    return _write(path, MEDICARE_UNTIL_2018, ({old: row[new] for old, new in _IN_2018.items()} for row in full))


def clinicians_file(path: Path, rows: Iterable[Fields]) -> Path:
    """A Doctors and Clinicians file of today; each row names what differs from an oncologist in a Boston group."""
    return _write(path, CLINICIANS, ({**_CLINICIAN_ROW, **row} for row in rows))


def clinicians_file_2021(path: Path, rows: Iterable[Fields]) -> Path:
    """The same in the layout of 2021, its names of columns without the blank in front that the file has."""
    return _write(path, CLINICIANS_2021, ({**_CLINICIAN_ROW_2021, **row} for row in rows))


def affiliation_file(path: Path, rows: Iterable[Fields]) -> Path:
    """A Facility Affiliation file; each row names what differs from a hospital in Massachusetts."""
    return _write(path, AFFILIATION, ({**_AFFILIATION_ROW, **row} for row in rows))


def hospitals_file(path: Path, rows: Iterable[Fields]) -> Path:
    """The first columns of Hospital General Information; each row names what differs from a hospital in Boston."""
    return _write(path, HOSPITALS, ({**_HOSPITAL_ROW, **row} for row in rows))


def nucc_file(path: Path, rows: Iterable[Fields], header: Sequence[str] = NUCC) -> Path:
    """A NUCC file; each row names what differs from medical oncology."""
    return _write(path, header, ({**_NUCC_ROW, **row} for row in rows))


def research_file(path: Path, rows: Iterable[Fields]) -> Path:
    """An Open Payments research file; each row names what differs from a study of bile duct cancer."""
    return _write(path, RESEARCH, ({**_RESEARCH_ROW, **row} for row in rows))


def general_file(path: Path, rows: Iterable[Fields]) -> Path:
    """An Open Payments general file; each row names what differs from a consulting fee of 100 dollars."""
    return _write(path, GENERAL, ({**_GENERAL_ROW, **row} for row in rows))


def many_medicare_rows(count: int, *, known_share: float, seed: int = 1) -> Iterator[Fields]:
    """As many rows sorted by NPI, ten of each; the given share of NPIs are those of specialists."""
    chance = random.Random(seed)
    for number, who in enumerate(_people(count // 10 + 1, known_share, chance)):
        for _ in range(min(10, count - number * 10)):
            code = chance.choice(("99213", "99214", "96413", "J9047", "J1100", "36415", "80053", "85025"))
            benes = chance.randint(11, 400)
            yield {"Rndrng_NPI": who, "HCPCS_Cd": code, "Tot_Benes": str(benes), "Tot_Srvcs": str(2 * benes)}


def many_clinicians_rows(count: int, *, known_share: float, seed: int = 1) -> Iterator[Fields]:
    """As many rows, one of each NPI, in as many groups as there are hundreds of rows."""
    chance = random.Random(seed)
    for who in _people(count, known_share, chance):
        group, house = chance.randrange(count // 100 + 1), chance.randint(1, 999)
        yield {
            "NPI": who, "org_pac_id": f"{group:010d}", "Facility Name": f"HARBOR ONCOLOGY GROUP {group} PC",
            "adr_ln_1": f"{house} LAKE AVE NW", "adrs_id": f"MA021150000BO{house}XXAVEX402",
        }  # fmt: skip


def many_general_rows(count: int, *, known_share: float, seed: int = 1) -> Iterator[Fields]:
    """As many payments of twenty companies."""
    chance = random.Random(seed)
    for who in _people(count, known_share, chance):
        amount, payer = chance.randint(100, 100_000), chance.randrange(20)
        yield {
            "Covered_Recipient_NPI": who, f"{_PAID_BY}_Name": f"Larkspur Pharma {payer}",
            "Total_Amount_of_Payment_USDollars": f"{amount / 100:.2f}",
        }  # fmt: skip


def many_nppes_rows(count: int, *, known_share: float, seed: int = 1) -> Iterator[Fields]:
    """As many people; the given share has an oncology taxonomy, the others are family doctors."""
    chance = random.Random(seed)
    for number, who in enumerate(_people(count, known_share, chance)):
        yield {
            "NPI": who, "Provider Last Name (Legal Name)": f"RIVERA {_letters(number)}",
            "Healthcare Provider Taxonomy Code_1": "207RX0202X" if int(who[1:9]) < _OTHERS else "207Q00000X",
        }  # fmt: skip


def many_nppes_file(path: Path, rows: Iterable[Fields]) -> Path:
    """An NPPES file of rows that are written as they come."""
    with path.open("w", encoding="utf-8", newline="") as file:
        header = nppes_header()
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(header)
        blank, at = [NPPES_PERSON.get(name, "") for name in header], {name: place for place, name in enumerate(header)}
        for row in rows:
            for name, value in row.items():
                blank[at[name]] = value
            writer.writerow(blank)
    return path


_OTHERS = 10_000_000
"""From here on the numbers belong to nobody in the directory."""


def _people(count: int, known_share: float, chance: random.Random) -> Iterator[str]:
    """As many NPIs; the given share of them, at random, belongs to specialists."""
    for number in range(count):
        yield npi(number if chance.random() < known_share else _OTHERS + number)


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))


def _write(path: Path, header: Sequence[str], rows: Iterable[Fields]) -> Path:
    """Write the rows under the header; a column that a row does not name stays empty."""
    names = [name.strip() for name in header]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([row.get(name, "") for name in names] for row in rows)
    return path
