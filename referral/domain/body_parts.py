"""The parts of the body that the tables name, so that pages can say them in other languages.

The tables are in English; what they say of a tissue and a region is listed here once more as phrases, and a test holds
both lists to each other.
"""

from referral.domain.phrases import Phrase, phrase

KNOWN: dict[str, Phrase] = {
    str(each): each
    for each in (
        # The tissues of the cancer tree, as OncoTree spells them.
        phrase("Adrenal Gland"),
        phrase("Ampulla of Vater"),
        phrase("Biliary Tract"),
        phrase("Bladder/Urinary Tract"),
        phrase("Bone"),
        phrase("Bowel"),
        phrase("Breast"),
        phrase("CNS/Brain"),
        phrase("Cervix"),
        phrase("Esophagus/Stomach"),
        phrase("Eye"),
        phrase("Head and Neck"),
        phrase("Kidney"),
        phrase("Liver"),
        phrase("Lung"),
        phrase("Lymphoid"),
        phrase("Myeloid"),
        phrase("Other"),
        phrase("Ovary/Fallopian Tube"),
        phrase("Pancreas"),
        phrase("Penis"),
        phrase("Peripheral Nervous System"),
        phrase("Peritoneum"),
        phrase("Pleura"),
        phrase("Prostate"),
        phrase("Skin"),
        phrase("Soft Tissue"),
        phrase("Testis"),
        phrase("Thymus"),
        phrase("Thyroid"),
        phrase("Uterus"),
        phrase("Vulva/Vagina"),
        # The regions of the body that readers look under.
        phrase("Brain and nerves"),
        phrase("Head and neck"),
        phrase("Chest"),
        phrase("Digestive organs"),
        phrase("Kidney, bladder and male organs"),
        phrase("Female organs"),
        phrase("Blood and lymph"),
        phrase("Skin, bone and soft tissue"),
        phrase("Not known or elsewhere"),
        # What each tissue is in plain words.
        phrase("the brain, the spinal cord and the coverings around them"),
        phrase("the nerves outside brain and spinal cord"),
        phrase("mouth, throat, voice box, nose and salivary glands"),
        phrase("the eye and the tear gland"),
        phrase("the gland at the front of the neck"),
        phrase("in women and men"),
        phrase("the lungs and airways"),
        phrase("the lining around the lungs"),
        phrase("a gland behind the breastbone"),
        phrase("the gullet (esophagus) and the stomach"),
        phrase("small bowel, appendix, colon, rectum and anus"),
        phrase("the liver itself"),
        phrase("the bile ducts and the gallbladder"),
        phrase("the place where bile duct and pancreas open into the bowel"),
        phrase("the gland behind the stomach"),
        phrase("the lining of the belly"),
        phrase("the kidneys"),
        phrase("the hormone glands on top of the kidneys"),
        phrase("the bladder, the ureters and the urethra (the tubes for urine)"),
        phrase("the gland below the bladder in men"),
        phrase("the testicles"),
        phrase("the penis"),
        phrase("the ovaries and fallopian tubes"),
        phrase("the womb, and tumors that come from a pregnancy"),
        phrase("the neck of the womb"),
        phrase("vulva and vagina"),
        phrase("lymph nodes, spleen, and white blood cells called lymphocytes"),
        phrase("the bone marrow and the blood cells it makes"),
        phrase("the skin"),
        phrase("bones and cartilage"),
        phrase("muscle, fat, vessels and what holds the body together"),
        phrase("the place where it began is not known, or fits no organ"),
    )
}


def in_words(text: str) -> str:
    """The phrase for a text of the tables, the text itself where it is none of these."""
    return KNOWN.get(text, text)
