"""Make `data/uberon-sites.ttl`: the UBERON terms that the body sites of `data/sites*.ttl` stand for.

    python data/make_uberon.py PATH

PATH is `uberon.json` (identifier -> {label, synonyms, ancestors, description, deprecated}), unpacked from the wheel of
cellxgene-ontology-guide 1.11.1 (UBERON 2026-04-01, CC BY 3.0). Needs rdflib; run by hand when sites change.

A site is an exact match where its name is UBERON's label, or where the equivalence was checked by hand (`EQUIVALENT`,
and the series of `_series`: UBERON counts digits and vertebrae where charts name them). It is a close match where one of
its names is a synonym in UBERON, or another name of it is UBERON's label. Case, plural, word order and ordinals make no
difference. Terms of embryos and of other animals are left out, as are the wrong matches found by eye (`WRONG`).
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from rdflib import RDF, Graph, Namespace
from rdflib.namespace import SKOS

DATA = Path(__file__).resolve().parent
NG = Namespace("https://w3id.org/nosograph/vocab#")
SITE = "https://w3id.org/nosograph/site/"
OBO = "http://purl.obolibrary.org/obo/"

_EMBRYO = frozenset({"UBERON:0000922", "UBERON:0002050", "UBERON:0005423", "UBERON:0007688"})
_NOT_HUMAN = re.compile(
    r"\b(embryo\w*|future|presumptive|primordi\w+|larva\w*|fetal|insect|fish|avian|bird|mesenchyme|"
    r"pre-?cartilage|endochondral|cartilage element|pre-muscle|condensation|anlage|rodent|mouse|teleost|chick\w*|"
    r"somite|placode|rhombomere|neuromere|prosomere|marsupial|primate|ruminant|reticulum of stomach|omasum)\b",
    re.IGNORECASE,
)
_ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth""".split()
_ORDINAL = {o: str(n) for n, o in enumerate(_ORDINALS, 1)}
_FINGERS = {"thumb": 1, "index finger": 2, "middle finger": 3, "ring finger": 4, "little finger": 5}
_TOES = {"great toe": 1, "second toe": 2, "third toe": 3, "fourth toe": 4, "fifth toe": 5}
_SPELLING = {
    "oesophagus": "esophagus", "oesophageal": "esophageal", "caecum": "cecum", "coeliac": "celiac", "disk": "disc",
    "vertebrae": "vertebra", "phalanges": "phalanx", "bursae": "bursa", "ganglia": "ganglion", "testes": "testis",
    "tendineae": "tendinea", "calyces": "calyx", "foramina": "foramen", "alveoli": "alveolus", "muscles": "muscle",
    "fibrae": "fiber", "teeth": "tooth", "menisci": "meniscus", "ossicles": "ossicle", "iliacus": "iliacus",
    "ileocaecal": "ileocecal", "anulus": "annulus", "haemorrhoidal": "hemorrhoidal", "abducent": "abducens",
}  # fmt: skip
_DROPPED = frozenset({"of", "the", "a", "an", "and"})

# checked by hand: site -> UBERON term that stands for the same part of the human body under a comparative name
EQUIVALENT: dict[str, str] = {
    "abdominal-esophagus": "UBERON:0035177",
    "accessory-nerve": "UBERON:0002019",
    "achilles-tendon": "UBERON:0003701",
    "acoustic-nerve": "UBERON:0001648",
    "adenoids": "UBERON:0001732",
    "alveolar-process": "UBERON:0004103",
    "ampulla-of-vater": "UBERON:0004913",
    "ankle": "UBERON:0004454",
    "annular-ligament-of-radius": "UBERON:0007657",
    "anterior-chamber-angle": "UBERON:0006206",
    "anterior-chamber": "UBERON:0001766",
    "anterior-cruciate-ligament": "UBERON:0003671",
    "anterior-fontanelle": "UBERON:0002510",
    "anterior-segment-of-eye": "UBERON:0001801",
    "aortic-annulus": "UBERON:0005991",
    "appendix": "UBERON:0001154",
    "articular-disc-of-temporomandibular-joint": "UBERON:0011319",
    "atlantoaxial-joint": "UBERON:0003694",
    "axillary-node": "UBERON:0001097",
    "back": "UBERON:0001137",
    "bartholin-gland": "UBERON:0000460",
    "base-of-skull": "UBERON:0002517",
    "biceps": "UBERON:0001507",
    "biliary-tract": "UBERON:0001173",
    "bladder-neck": "UBERON:0001258",
    "bladder-wall": "UBERON:0001256",
    "bladder": "UBERON:0001255",
    "brachial-plexus": "UBERON:0001814",
    "bulbourethral-gland": "UBERON:0002366",
    "canine-tooth": "UBERON:0003674",
    "capitate-bone": "UBERON:0001432",
    "capitellum": "UBERON:0010853",
    "capsule-of-shoulder": "UBERON:0011960",
    "carpus": "UBERON:0001435",
    "cartilage-of-ear": "UBERON:0001867",
    "celiac-plexus": "UBERON:0002010",
    "cementum-of-tooth": "UBERON:0001753",
    "cerebral-aqueduct": "UBERON:0002289",
    "cerebral-ventricle": "UBERON:0004086",
    "cerebral-white-matter": "UBERON:0002437",
    "cerebrum": "UBERON:0001893",
    "cervical-esophagus": "UBERON:0035450",
    "cervical-plexus": "UBERON:0003725",
    "cervical-region": "UBERON:0006072",
    "cervix-uteri": "UBERON:0000002",
    "cheek-mucosa": "UBERON:0006956",
    "chest-cavity": "UBERON:0002224",
    "choana": "UBERON:0010425",
    "chondrosternal-joint": "UBERON:0001998",
    "chorda-tympani": "UBERON:0009675",
    "choroid": "UBERON:0001776",
    "clavicle": "UBERON:0001105",
    "columella-of-nose": "UBERON:0008341",
    "coracoid-process": "UBERON:0006633",
    "corneal-limbus": "UBERON:0006761",
    "corneal-stroma": "UBERON:0001777",
    "corona-of-penis": "UBERON:0016408",
    "costochondral-junction": "UBERON:0002293",
    "cuboid-bone": "UBERON:0010737",
    "deep-peroneal-nerve": "UBERON:0035207",
    "dens-of-axis": "UBERON:0004096",
    "detrusor-muscle": "UBERON:0000381",
    "digit-of-hand": "UBERON:0002389",
    "disc-of-spine": "UBERON:0001066",
    "distal-interphalangeal-joint-of-little-finger": "UBERON:0014671",
    "distal-radioulnar-joint": "UBERON:0007164",
    "distal-tibiofibular-joint": "UBERON:0011113",
    "dorsal-surface-of-tongue": "UBERON:0007371",
    "duodenojejunal-flexure": "UBERON:8410000",
    "epidermis": "UBERON:0001003",
    "epigastric-region": "UBERON:0035276",
    "epiphysis-of-upper-femur": "UBERON:0004412",
    "episclera": "UBERON:0010292",
    "ethmoidal-sinus": "UBERON:0002453",
    "exocervix": "UBERON:0012249",
    "external-ear-canal": "UBERON:0001352",
    "external-oblique-muscle": "UBERON:0005442",
    "extraocular-muscles": "UBERON:0001601",
    "facet-joint": "UBERON:0001067",
    "fifth-cervical-vertebra": "UBERON:0004614",
    "fingernail": "UBERON:0009565",
    "first-carpometacarpal-joint": "UBERON:0011265",
    "first-cervical-vertebra": "UBERON:0001092",
    "first-metatarsophalangeal-joint": "UBERON:0007750",
    "foot": "UBERON:0002387",
    "forearm": "UBERON:0002386",
    "fossa-navicularis-of-urethra": "UBERON:0012294",
    "fourth-cervical-vertebra": "UBERON:0004613",
    "fundus-uteri": "UBERON:1200003",
    "gastric-mucosa": "UBERON:0001199",
    "gastroesophageal-junction": "UBERON:0007650",
    "glenoid-cavity": "UBERON:0006657",
    "gluteal-cleft": "UBERON:0036013",
    "gluteal-fold": "UBERON:0036014",
    "greater-saphenous-vein": "UBERON:0001363",
    "greater-trochanter-of-femur": "UBERON:0002503",
    "groin": "UBERON:0008337",
    "gum": "UBERON:0001828",
    "hamate-bone": "UBERON:0001433",
    "hand": "UBERON:0002398",
    "head-of-epididymis": "UBERON:0004358",
    "helix-of-ear": "UBERON:0002488",
    "hepatic-flexure": "UBERON:0022277",
    "incus": "UBERON:0001688",
    "inferior-nasal-turbinate": "UBERON:0005922",
    "inferior-oblique-muscle": "UBERON:0006320",
    "inferior-rectus-muscle": "UBERON:0006322",
    "infraorbital-nerve": "UBERON:0018408",
    "infundibulopelvic-ligament": "UBERON:0006649",
    "inner-aspect-of-lip": "UBERON:0036294",
    "inner-ear": "UBERON:0001846",
    "intermediate-cuneiform": "UBERON:0001453",
    "internal-mammary-artery": "UBERON:0002456",
    "internal-mammary-lymph-node": "UBERON:0035219",
    "interosseous-muscles-of-hand": "UBERON:0001502",
    "intrinsic-muscles-of-foot": "UBERON:0014378",
    "isthmus-of-thyroid": "UBERON:0001609",
    "joints-of-hand": "UBERON:0001489",
    "labium-majus": "UBERON:0004085",
    "labium-minus": "UBERON:0004014",
    "labium": "UBERON:0004084",
    "lacrimal-canaliculi": "UBERON:0001770",
    "lactiferous-duct": "UBERON:0001765",
    "lateral-cuneiform": "UBERON:0001454",
    "lateral-head-of-gastrocnemius": "UBERON:0011908",
    "lateral-malleolus": "UBERON:0012291",
    "lateral-popliteal-nerve": "UBERON:0001324",
    "lateral-rectus-muscle": "UBERON:0001603",
    "left-atrium-of-heart": "UBERON:0002079",
    "left-lobe-of-thyroid": "UBERON:0001120",
    "left-ventricular-outflow-tract": "UBERON:0005956",
    "lens": "UBERON:0000965",
    "lesser-saphenous-vein": "UBERON:0001547",
    "lesser-trochanter-of-femur": "UBERON:0002504",
    "lesser-tuberosity-of-humerus": "UBERON:0011188",
    "lingual-frenulum": "UBERON:0006689",
    "lingula-of-lung": "UBERON:0008954",
    "lower-leg": "UBERON:0003823",
    "lower-limb": "UBERON:0002103",
    "lumbar-plexus": "UBERON:0034987",
    "lumbar-region": "UBERON:0006074",
    "lumbosacral-plexus": "UBERON:0001815",
    "lumbrical-muscles-of-foot": "UBERON:0001504",
    "lumbrical-muscles-of-hand": "UBERON:0001501",
    "lunate": "UBERON:0001428",
    "macula": "UBERON:0000053",
    "main-pulmonary-artery": "UBERON:0002333",
    "malar-bone": "UBERON:0001683",
    "malleus": "UBERON:0001689",
    "mandibular-central-incisor": "UBERON:0018601",
    "mandibular-lateral-incisor": "UBERON:0018602",
    "manubrium": "UBERON:0002205",
    "masseter": "UBERON:0001597",
    "mastoid": "UBERON:0011220",
    "maxillary-central-incisor": "UBERON:0018603",
    "maxillary-lateral-incisor": "UBERON:0018604",
    "medial-cuneiform": "UBERON:0001452",
    "medial-head-of-gastrocnemius": "UBERON:0011907",
    "medial-malleolus": "UBERON:1200140",
    "medial-rectus-muscle": "UBERON:0001602",
    "mediastinal-node": "UBERON:0002524",
    "medullary-cone": "UBERON:0005437",
    "membranous-urethra": "UBERON:0001336",
    "mesocolon": "UBERON:0003396",
    "middle-nasal-turbinate": "UBERON:0005921",
    "midtarsal-joint": "UBERON:0011962",
    "mitral-annulus": "UBERON:0005995",
    "muscles-of-mastication": "UBERON:0003681",
    "nasal-turbinate": "UBERON:0035612",
    "navicular-bone-of-foot": "UBERON:0001451",
    "navicular-bone-of-wrist": "UBERON:0001427",
    "nostril": "UBERON:0005928",
    "occiput": "UBERON:0001676",
    "opponens-digiti-minimi-muscle-of-hand": "UBERON:0036176",
    "optic-canal": "UBERON:0005745",
    "optic-chiasm": "UBERON:0000959",
    "optic-nerve": "UBERON:0000941",
    "ora-serrata": "UBERON:0011221",
    "orbit": "UBERON:0001697",
    "orbital-rim": "UBERON:0035849",
    "palm": "UBERON:0008878",
    "palmar-cutaneous-branch-of-median-nerve": "UBERON:0016430",
    "para-aortic-lymph-node": "UBERON:0016386",
    "pars-flaccida": "UBERON:0018152",
    "pars-interarticularis": "UBERON:0036266",
    "pars-tensa": "UBERON:0018153",
    "pectoral-lymph-node": "UBERON:0037501",
    "penile-urethra": "UBERON:0001337",
    "pericardial-space": "UBERON:0001074",
    "peripheral-retina": "UBERON:0013682",
    "perirectal-lymph-node": "UBERON:0037615",
    "permanent-tooth": "UBERON:0007775",
    "peroneus-brevis-muscle": "UBERON:0010526",
    "peroneus-longus-muscle": "UBERON:0001387",
    "peroneus-tertius-muscle": "UBERON:0010524",
    "pes-anserinus": "UBERON:0008977",
    "pineal-gland": "UBERON:0001905",
    "popliteal-space": "UBERON:0013069",
    "postauricular-lymph-node": "UBERON:0016392",
    "postauricular-region": "UBERON:8480047",
    "posterior-chamber-of-eye": "UBERON:0001767",
    "posterior-cruciate-ligament": "UBERON:0003680",
    "posterior-neck": "UBERON:0012477",
    "posterior-scalene-muscle": "UBERON:0001123",
    "posterior-segment-of-eye": "UBERON:0001802",
    "posterior-wall-of-hypopharynx": "UBERON:0035313",
    "prostate": "UBERON:0002367",
    "pterygoid-process": "UBERON:0004649",
    "pyriform-sinus": "UBERON:8480022",
    "quadriceps-muscle": "UBERON:0001377",
    "quadriceps-tendon": "UBERON:0014848",
    "radial-head": "UBERON:0001012",
    "radial-styloid-process": "UBERON:7500078",
    "radiocarpal-joint": "UBERON:0011968",
    "radius": "UBERON:0001423",
    "ramus-of-ischium": "UBERON:0014441",
    "ramus-of-mandible": "UBERON:0000401",
    "rectal-mucosa": "UBERON:0003346",
    "renal-calyx": "UBERON:0006517",
    "renal-capsule": "UBERON:0002015",
    "renal-cortex": "UBERON:0001225",
    "renal-hilum": "UBERON:0008716",
    "retinal-pigment-epithelium": "UBERON:0001782",
    "rib-cage": "UBERON:0003252",
    "right-atrium-of-heart": "UBERON:0002078",
    "right-lobe-of-thyroid": "UBERON:0001119",
    "right-ventricular-outflow-tract": "UBERON:0005953",
    "sacral-plexus": "UBERON:0034986",
    "sacrococcygeal-joint": "UBERON:0011200",
    "sacroiliac-joint": "UBERON:0001365",
    "sacrum": "UBERON:0003690",
    "salivary-gland": "UBERON:0001044",
    "scrotal-skin": "UBERON:0015479",
    "second-cervical-vertebra": "UBERON:0001093",
    "septal-cartilage-of-nose": "UBERON:0003407",
    "serratus-anterior-muscle": "UBERON:0001125",
    "sesamoid-bone-of-foot": "UBERON:0008000",
    "sesamoid-bone-of-hand": "UBERON:0007997",
    "seventh-cervical-vertebra": "UBERON:0004616",
    "shaft-of-femur": "UBERON:0006862",
    "shaft-of-fibula": "UBERON:0013279",
    "shaft-of-humerus": "UBERON:0004652",
    "shaft-of-radius": "UBERON:0001028",
    "shaft-of-rib": "UBERON:0002231",
    "shaft-of-tibia": "UBERON:0013280",
    "shaft-of-ulna": "UBERON:0001010",
    "sixth-cervical-vertebra": "UBERON:0004615",
    "sole-of-foot": "UBERON:0008338",
    "sphincter-of-oddi": "UBERON:0004915",
    "spinal-meninges": "UBERON:0003292",
    "splenic-capsule": "UBERON:0004641",
    "splenic-flexure": "UBERON:0022276",
    "stellate-ganglion": "UBERON:0002441",
    "subcutis": "UBERON:0002072",
    "superficial-peroneal-nerve": "UBERON:0035526",
    "superior-nasal-turbinate": "UBERON:0005920",
    "superior-oblique-muscle": "UBERON:0006321",
    "superior-rectus-muscle": "UBERON:0006323",
    "superior-vena-cava": "UBERON:0001585",
    "superior-wall-of-nasopharynx": "UBERON:0035270",
    "supraclavicular-node": "UBERON:0035279",
    "supraglottis": "UBERON:0036263",
    "tail-of-epididymis": "UBERON:0004360",
    "tarsal-plate-of-eyelid": "UBERON:0004772",
    "tarsus": "UBERON:0001447",
    "thigh": "UBERON:0000376",
    "third-cervical-vertebra": "UBERON:0004612",
    "thoracic-esophagus": "UBERON:0035216",
    "thoracic-region": "UBERON:0006073",
    "thorax": "UBERON:0000915",
    "tibiofemoral-joint": "UBERON:0009005",
    "toe": "UBERON:0001466",
    "toenail": "UBERON:0009567",
    "tooth-enamel": "UBERON:0001752",
    "tooth": "UBERON:0001091",
    "trapezium": "UBERON:0001430",
    "trapezoid": "UBERON:0001431",
    "triceps-tendon": "UBERON:0008192",
    "triceps": "UBERON:0001509",
    "trigone-of-bladder": "UBERON:0001257",
    "true-vocal-cord": "UBERON:0003706",
    "upper-arm": "UBERON:0003822",
    "upper-limb": "UBERON:0002102",
    "ureteric-orifice": "UBERON:0012303",
    "uterine-adnexa": "UBERON:0036292",
    "uterine-cavity": "UBERON:0013769",
    "uterine-serosa": "UBERON:0001297",
    "uvula": "UBERON:0001734",
    "vaginal-fornix": "UBERON:0000051",
    "vallecula-of-epiglottis": "UBERON:0013165",
    "vein-of-galen": "UBERON:0006666",
    "ventral-surface-of-tongue": "UBERON:0007373",
    "vermilion-border-of-lower-lip": "UBERON:0016919",
    "vermilion-border-of-upper-lip": "UBERON:0016918",
    "vermilion-of-lip": "UBERON:0016915",
    "vesicouterine-pouch": "UBERON:0011049",
    "vulva": "UBERON:0000997",
    "wing-of-ilium": "UBERON:0010746",
    "wrist": "UBERON:0004452",
}
# matched by words, but not the same: (site, UBERON term); None for every term
WRONG: set[tuple[str, str | None]] = {
    ("cerebral-meninges", "UBERON:0010743"),
    ("head-of-ulna", "UBERON:0006822"),
    ("hypogastric-plexus", "UBERON:0005303"),
    ("neck-and-back", "UBERON:0012477"),
    ("os-trigonum", "UBERON:0010724"),
    ("radius-and-ulna", "UBERON:0006715"),
    ("tibia-and-fibula", "UBERON:0006714"),
    ("tibial-diaphysis", "UBERON:0013280"),
    ("trochlear-groove-of-femur", "UBERON:4200096"),
    ("vertebra-prominens", "UBERON:0004616"),
    ("web-space-of-toe", "UBERON:0008439"),
}


def _norm(word: str) -> str:
    word = _SPELLING.get(word, _ORDINAL.get(word, word))
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "os", "ps")):
        return word[:-1]
    return word


def key(text: str) -> tuple[str, ...]:
    """Return the words of a name, made comparable, in alphabetical order.

    >>> key("Shaft of the First Ribs") == key("rib 1 shaft")
    True
    """
    text = re.sub(r"\([^)]*\)", " ", text.lower().replace("'s", ""))
    text = re.sub(r"\bm\. ?", "muscle ", text)
    words = re.findall(r"[a-z0-9]+", text)
    return tuple(sorted(_norm(w) for w in words if w not in _DROPPED))


def _series(name: str) -> str | None:
    """Return a site's name as UBERON counts it, or None if it is of no such series.

    >>> _series("base of fifth metatarsal bone"), _series("nail of thumb")
    ('base of metatarsal bone of digit 5', 'nail of manual digit 1')
    """
    for kind in ("metacarpal", "metatarsal"):
        found = re.search(rf"\b(\w+) {kind} bone$", name)
        if found and found[1] in _ORDINAL:
            return name[: found.start()] + f"{kind} bone of digit {_ORDINAL[found[1]]}"
    for digits, part in ((_FINGERS, "manual"), (_TOES, "pedal")):
        for digit, number in digits.items():
            if name.endswith(digit):
                return name.removesuffix(digit) + f"{part} digit {number}"
    return None


def read_terms(path: Path) -> dict[str, dict[str, Any]]:
    """Return the terms of UBERON from the JSON that the package carries, unpacked."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


def read_sites() -> dict[str, tuple[str, list[str], set[str]]]:
    """Return each site's name, its other names and the UBERON terms given by hand."""
    graph = Graph()
    for path in sorted(DATA.glob("sites*.ttl")):
        graph.parse(path)
    sites = {}
    for subject in graph.subjects(RDF.type, NG.Site):
        others = sorted(str(o) for o in graph.objects(subject, SKOS.altLabel))
        given = {str(o) for o in graph.objects(subject, SKOS.exactMatch)}
        sites[str(subject).removeprefix(SITE)] = (str(graph.value(subject, SKOS.prefLabel)), others, given)
    return sites


def match(
    terms: dict[str, dict[str, Any]], sites: dict[str, tuple[str, list[str], set[str]]]
) -> list[tuple[str, str, str, str]]:
    """Return (site, relation, UBERON term, its label), sorted."""
    labels: dict[tuple[str, ...], set[str]] = defaultdict(set)
    synonyms: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for term, facts in terms.items():
        label = facts["label"]
        if facts.get("deprecated") or not _EMBRYO.isdisjoint(facts.get("ancestors", {})):
            continue
        if _NOT_HUMAN.search(label) and term not in EQUIVALENT.values():
            continue
        labels[key(label)].add(term)
        for synonym in facts.get("synonyms", ()):
            synonyms[key(synonym)].add(term)
    found = []
    for site, (name, others, given) in sorted(sites.items()):
        if given or (site, None) in WRONG:
            continue
        series = _series(name)
        bare = name.removesuffix(" muscle").replace(" muscle of ", " of ")  # UBERON has both 'x' and 'x muscle'
        names = {key(name), key(bare)} | ({key(series)} if series else set())
        steps = [
            ("exactMatch", {EQUIVALENT[site]} if site in EQUIVALENT else set()),
            ("exactMatch", set().union(*(labels[n] for n in names))),
            ("closeMatch", set().union(*(synonyms[n] for n in names))),
            ("closeMatch", set().union(*(labels[key(o)] for o in others))),
            ("closeMatch", set().union(*(synonyms[key(o)] for o in others))),
        ]
        for relation, candidates in steps:
            kept = {c for c in candidates if (site, c) not in WRONG}
            if len(kept) == 1 or (relation == "exactMatch" and kept):
                term = min(kept)
                found.append((site, relation, term, terms[term]["label"]))
                break
            if kept:
                listed = ", ".join(f"{k} {terms[k]['label']}" for k in sorted(kept))
                print(f"several terms for {site}: {listed}")
                break
    exact = {term for _, relation, term, _ in found if relation == "exactMatch"}
    # a term that is exactly one site is not also closely another
    return [f for f in found if f[1] == "exactMatch" or f[2] not in exact]


def main(path: str) -> None:
    terms, sites = read_terms(Path(path)), read_sites()
    matches = match(terms, sites)
    lines = [
        "# UBERON terms of the body sites in data/sites*.ttl.",
        "#",
        "# Source: Uberon multi-species anatomy ontology, version 2026-04-01, as in cellxgene-ontology-guide 1.11.1;",
        "# https://obofoundry.org/ontology/uberon, CC BY 3.0. Written by data/make_uberon.py: exactMatch where the name",
        "# is UBERON's label or the equivalence was checked by hand, closeMatch where a name is a synonym. Do not edit.",
        "",
        "@prefix obo: <http://purl.obolibrary.org/obo/> .",
        "@prefix site: <https://w3id.org/nosograph/site/> .",
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .",
        "",
    ]
    for site, relation, term, label in matches:
        shown = "" if label.lower() == sites[site][0].lower() else f"  # {label}"
        lines.append(f"site:{site} skos:{relation} <{OBO}{term.replace(':', '_')}> .{shown}")
    (DATA / "uberon-sites.ttl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    count = sum(relation == "exactMatch" for _, relation, _, _ in matches)
    print(f"{len(sites)} sites, {count} exact and {len(matches) - count} close matches")


if __name__ == "__main__":
    main(*sys.argv[1:])
