"""French: articles go before the name of a body, by its first word: "la Direction…", "du Ministère…"."""

from babel import Locale

from .language import Language, NameForm

_WORDS = {
    "la": "bibliothèque caisse chambre cnil commission cour délégation dgfip dgse dinum direction gendarmerie grande"
    " haute marine mission police préfecture présidence représentation société sous-préfecture",
    "le": "bataillon cabinet centre comité commissariat conseil conservatoire défenseur fonds gouvernement groupement"
    " haut laboratoire médiateur ministère musée palais parquet premier rectorat secrétariat sénat service sgae sgdsn"
    " tribunal",
    "l'": "académie administration agence ambassade anssi assemblée assistance autorité école établissement état"
    " imprimerie inspection institut observatoire office ofb union université urssaf",
    "les": "archives armées douanes ministères services",
}

FRENCH = Language(
    name="Français",
    locale=Locale("fr", "FR"),
    hours="H\u00a0'h'\u00a0mm",
    first_day="1er",
    kinds={word: article for article, words in _WORDS.items() for word in words.split()},
    # A name of no known kind: "l'organisme" is right for any gender.
    acting=NameForm(
        {"la": "la ", "le": "le ", "l'": "l'", "les": "les "},
        "l'organisme public qui détient ",
        before="l'organisme «\u00a0",
        after="\u00a0»",
    ),
    belonging=NameForm(
        {"la": "de la ", "le": "du ", "l'": "de l'", "les": "des "},
        "de l'organisme public qui détient ",
        before="de l'organisme «\u00a0",
        after="\u00a0»",
    ),
)
