"""Lists the words around a variant in German, French, Spanish, Italian, Dutch, Nordic languages, Portuguese, Polish.

The kinds are those of vocabulary.py. Words have no accents, since cleaning.py removes them. Sources: the forms that
laboratories print and the words of their answers: found, not found, not tested, cannot be judged. The first match
wins, so phrases come first.
"""

from __future__ import annotations

_NOT_TESTED = "|".join((
    r"nicht (?:auswertbar|bestimm|getest|untersuch|durchgef|durchf|gemess|vorgenomm|angeford|beurteil|verfugbar|moglich|ermittel|bekannt|erfolgt|"
    r"angegeben|analysier|bewert|ausreichend|interpretier)\w*|unbekannt|ausstehend|steht (?:noch )?aus|folgt|fehlgeschlagen|unzureichend\w*",
    r"keine? (?:ergebnis|material|angaben?|dna|befund|daten|aussage)\w*",
    r"non (?:realis|fait|effectu|teste|interpretable|contributi|disponible|connu|renseign|recherch|exploitable|evaluable"
    r"|determin|concluant|precise|applicable)\w*|inconnue?|en (?:cours|attente)|echec|insuffisant\w*|ininterpretable\w*",
    r"no (?:realiz|disponible|evaluable|valorable|determin|analiz|estudi|procede|consta|hecho|conocid|inform|aplica"
    r"|interpretable|testead|solicitad)\w*|desconocid[oa]|pendiente|insuficiente|fallid[oa]",
    r"non (?:eseguit|valutabil|disponibil|determinat|testat|not[oa]\b|effettuat|analizzat|applicabil|richiest|pervenut)\w*"
    r"|sconosciut[oa]|insufficiente|in corso|fallit[oa]",
    r"niet (?:bepaald|getest|uitgevoerd|beoordeelbaar|bekend|onderzocht|verricht|te beoordelen|gedaan|beschikbaar"
    r"|ingezet|conclusief|mogelijk|interpreteerbaar)\w*|onbekend|onvoldoende|mislukt",
    r"(?:ej|inte|ikke|icke) (?:utfor|udfor|test|analyser|bedom|vurder|undersok|undersog|bestam|bestem|kjent|gjort|"
    r"mulig|tilgj|tilgaen|tillgan|oppgitt|angi|egnet|konklusiv)\w*|okand|ukendt|ukjent|otillracklig\w*|utilstrekkelig\w*",
    r"ei (?:tutkittu|tehty|testattu|maaritetty|tiedossa|analysoitu|arvioitavissa)|tuntematon",
    r"nao (?:realiz|test|avali|disponiv|determin|inform|feit|aplicav|analis|conclusiv)\w*|desconhecid[oa]|insuficiente",
    r"nie (?:badan|wykonan|oznacz|oceni|okresl|dotyczy)\w*|nieznan[yea]|niediagnostyczn\w*|niewystarczajac\w*",
))  # fmt: skip

_UNSURE = "|".join((
    r"nicht (?:sicher )?ausgeschlossen|nicht (?:sicher|auszuschl)\w*|vielleicht|peut-etre|quizas?|forse|misschien|kanske|kanskje|maske|ehka|talvez|byc moze|verdacht(?: auf)?|v\. ?a\.?|fraglich\w*|moglich(?:erweise)?|unklar\w*|grenzwertig\w*"
    r"|wahrscheinlich\w*|vermutlich\w*|zweifelhaft\w*|unsicher\w*",
    r"suspicion|suspect\w*|douteu\w+|equivoque|incertain\w*|non exclue?|ne peut etre exclue?|a confirmer|possible"
    r"|probable",
    r"niet (?:worden )?uitgesloten|niet uit te sluiten|(?:ej|inte) uteslut\w*|ikke ute?luk\w*|ikke udeluk\w*|no (?:se )?(?:puede )?(?:ser )?descart\w*"
    r"|non (?:si )?(?:puo )?esclu\w*|nie mozna wykluczyc|nao (?:se )?(?:pode )?(?:ser )?exclu\w*",
    r"posible(?:mente)?|sospech\w*|dudos[oa]|equivoc[oa]|indeterminad[oa]|no (?:concluyente|descart)\w*|inciert[oa]",
    r"sospett[oa]|possibile|dubbi[oa]|probabile|incert[oa]|non (?:escludibile|conclusivo)",
    r"verdenking|mogelijk|twijfelachtig|waarschijnlijk|onzeker|dubieus",
    r"misstank\w*|misstankt|mistanke\w*|mistenk\w*|mulig(?:ens)?|mojlig\w*|usikker\w*|osaker\w*|tvivlsom\w*|tveksam\w*"
    r"|trolig\w*|sannsynlig\w*|sannolik\w*|mahdolli\w*|epaily\w*",
    r"possivel|suspeit[oa]|provavel|duvidos[oa]|podejrzenie|mozliw\w*|prawdopodobn\w*|watpliw\w*",
))  # fmt: skip

_NONE = "|".join((
    r"un-?mutiert\w*|wildtyp\w*|unverandert\w*|weder|keine?(?:n|r|m|s|rlei)?|nicht|ohne|nein|ausgeschlossen|ausschluss|fehl(?:t|end\w*)|negativ\w*|unauffallig\w*",
    r"exclue?s?|normale?s?|aucune?|pas(?: de| d)?|sans|absentes?|sauvages?|negative?s?|ni|non",
    r"sin|ninguna?|ausencia|ausentes?|negativ[oa]s?|nativ[oa]|silvestre|salvaje|descartad[oa]s?|excluid[oa]s?|tampoco",
    r"nessuna?|assenza|assent[ei]|senza|selvaggi[oa]|escluse?i?|esclus[oa]",
    r"geen|niet|zonder|afwezig\w*|negatief|uitgesloten|nee",
    r"ingen|inga|inte|ej|ikke|icke|inget|saknas|saknar|mangler|uden|utan|uten|vil[dlt]t?-?typ\w*|fravaer\w*|franvaro|nej|nei|[ou]muter\w*",
    r"ei|eivat|villityyppi\w*|negatiivinen|ilman",
    r"nao|sem|nenhuma?|selvage[mn]s?",
    r"brak|nie|bez|nieobecn\w*|dziki\w*|ujemn\w*|niezmutowan\w*|niewykryt\w*",
))  # fmt: skip

# Denials in further languages, so that a change they deny is not counted: Czech, Slovak, Hungarian, Turkish,
# Romanian, Croatian, Catalan.
_NONE_ELSEWHERE = (
    r"ne(?:byla?o?|prokazan\w*|preukazan\w*|nalezen\w*|najden\w*|zjisten\w*|zistena?\w*|pritomn\w*|detekovan\w*|potvrzen\w*)"
    r"|zadn[aey]\w*|ziadn\w*|nem|nincs(?:en)?|negativ|nelkul|yok(?:tur)?|\w{2,20}(?:madi|medi|mamis(?:tir)?|memis(?:tir)?)|nu s-?au?|fara|puudu[bv]\w*"
    r"|absent[ae]|nije|nema|no s ha|divok\w*|vad tipus\w*"
)

_THERE = "|".join((
    r"nachgewiesen\w*|nachweisbar\w*|gefunden\w*|detektier\w*|vorhanden\w*|vorliegend\w*|festgestellt|bestatigt\w*|ja|auffallig",
    r"detectee?s?|retrouvee?s?|presentes?|presence|mise?s? en evidence|identifiee?s?|trouvee?s?|oui|positi(?:f|ve)s?|confirmee?s?",
    r"detect(?:ad[oa]s?|an?)|presencia|encontrad[oa]s?|hallad[oa]s?|identificad[oa]s?|positiv[oa]s?|observ(?:a|an|ad[oa]s?)|identifican?|encuentran?|encontro|objetivan?|aprecian?",
    r"rilevat[oaie]|riscontrat[oaie]|presenza|identificat[oaie]|evidenziat[oaie]|positiv[oaie]|alterat[oa]",
    r"aangetoond|gevonden|aanwezig\w*|gedetecteerd|positief|waargenomen",
    r"pavis\w*|funnet|fundet|funnen|hittad\w*|detekter\w*|tilstede|paavist|positivt?|konstater\w*",
    r"todettu|todettiin|havaittu|havaittiin|loytyi|positiivinen",
    r"sim|presen[ct]a|presencas?",
    r"wykryto|stwierdzono|obecn\w*|dodatni\w*|zmutowan\w*|tak",
))  # fmt: skip

# Not every word that begins with mut-: 'mutationsfrei' and unlisted forms may deny a mutation.
_MUTATED = (
    r"(?:ge)?mut(?:i?ert[a-z]{0,2}|er(?:ad[et]?|et|ede)|at(?:ion(?:en|er|s)?|ie[sn]?|[oaei])|ees?|eerde?|ad[oa]s?"
    r"|acion(?:es)?|azion[ei]|acao|acoes|acj[aeio]|acjami|asjon(?:en|er|ene)?|aatiot?|aatio(?:ta|n|ita|iden)|atoitun(?:ut|eet)|ant(?:[aei]|en)?)"
)

# 'eine andere Mutation als V600E', 'andere mutatie dan', 'annan mutation än', 'mutation autre que'
_OTHER_THAN = (
    r"ander(?:e[rsnm]?|s) (?:\w{3,12} )?(?:als|dan)|ausser|an(?:nan|nen|den|dre|dra) (?:\w{3,12} )?(?:an|enn|end)|ud over|utom"
    r"|autres? (?:\w{3,12} )?que|altr[aeio] (?:\w{3,12} )?(?:che|da)|divers[aeio] da|distint[oa]s? (?:de|a)|diferentes? (?:de|da)"
    r"|otr[oa]s? (?:\w{3,12} )?que|outr[oa]s? (?:\w{3,12} )?que|inn[aey]\w{0,3} (?:\w{3,12} )?niz|muu kuin|sauf|excepto|eccetto|tranne|salvo"
)

_TESTED = (
    r"untersuch\w*|getestet\w*|analysier\w*|sequenzier\w*|analyse[sd]?|analys|recherchee?s?|testee?s?|etudiee?s?|sequence?e?s?"
    r"|analizad[oa]s?|estudiad[oa]s?|determinacion|analisis|estudio|analizzat[oaie]|ricerca|esaminat[oaie]|analisi|studio"
    r"|onderzo(?:cht|ek)|bepaling|undersok\w*|undersog\w*|testade?|analyser\w*|tutkittu|analisad[oa]s?|pesquisa|badan\w*"
    r"|mut(?:ations?|atie|asjons)(?:s?(?:analys\w*|status\w*|test\w*|nachweis|screening|diagnosti\w*|bepaling|onderzoek))"
)

_FILLER = "|".join((
    r"der|die|das|des|dem|den|eine?[rsnm]?|ins?|im|am|an|auf|bei|von|vom|mit|gen[es]?s?|allel\w*|nachweis|hinweis(?: auf)?|es|wurden?"
    r"|wird|ist|sind|war|lag|liegt|vor|im gen|befund\w*|ergebnis\w*|status|typ",
    r"les?|la|l|du|de|d|une?|aux?|profil|dun|dans|est|ete|gene|statut|type|sur|pour|par|n|il|qu",
    r"el|los|las|una?|del|en|se|es|tipo|exones?|estado|resultado|con|para",
    r"il|lo|gli|di|della|dello|dell|nel|nella|sono|si|esoni?|stato|risultato|rilevano|rileva|del",
    r"het|een|van|op|bij|gen|is|er|werd|wordt|uitslag|resultaat|voor",
    r"et|det|av|af|pa|er|ar|genet|genen|som|har|ble|blev|on|ole|geenin?|geenissa|uutta",
    r"os|as|do|da|dos|das|no|na|em|com|pelo|pela|ao|um|uma|foi|foram|gene?s?|posicao|resultado",
    r"mit|zu[rm]?|nach|wie|avec|cette?|resultat\w*|por|sobre|entre|al|lo|da|alla|che|met|door|naar|med|att|vid|ved|til|fra|carico",
    r"wynik\w*|w|genu|genie|typ|typu|jest",
))  # fmt: skip

# In order: phrases come before the words with which they begin. The kinds are those of vocabulary.py.
LANGUAGES_PHRASES: tuple[tuple[str, str], ...] = (
    (
        "pathogenic",
        r"aktivierend\w*|activatrices?|activador[ae]s?|attivant[ei]|activerend\w*|aktiverand\w*|patho?gene?\w*|patogen\w*",
    ),
    ("other_than", _OTHER_THAN),
    ("neg", r"muta[tsz]\w{0,6}[- ]?(?:negati\w*|fr[ei]{1,2}\w*|vrij\w*|los\w*)|mutationless|mutaatioton"),
    ("mut", r"muta[tsz]\w{0,6}[- ]?positi\w*"),
    ("unsure", _UNSURE),
    ("empty", _NOT_TESTED),
    ("tested", _TESTED),
)
LANGUAGES_WORDS: tuple[tuple[str, str], ...] = (
    ("neg", _NONE),
    ("neg", _NONE_ELSEWHERE),
    ("mut", _THERE),
    ("mut", _MUTATED),
    (
        "other_than",
        _OTHER_THAN,
    ),
    (
        "other",
        r"(?:weiter|ander|sonstig|ubrig)\w*|autres?|restantes?|otr[oa]s?|altr[ei]|overige|andra|andre|ovrig\w*|muita|outr[oa]s?|inn[ey]\w*",
    ),
    ("but", r"aber|jedoch|sondern|sino|bensi|mais|pero|ma|maar|men|mas|ale"),
    ("and", r"und|sowie|et|y|e|og|och|oraz"),
    ("or", r"oder|ou|eller|lub"),
    ("filler", _FILLER),
)
