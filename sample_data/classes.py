"""Classes of phrases, built from lexicon.py, that fill the slots of patterns.py."""

from __future__ import annotations

from itertools import permutations

import lexicon
from grammar import (
    Item,
    Pair,
    a,
    by_verb,
    chinese_number,
    english_number,
    inflect,
    item,
    level,
    number,
    rows,
    words,
)

Classes = dict[str, list[Item]]


def person(en: str, zh: str, pronoun: str, agr: str = "s") -> Item:
    """A person whose pronoun is known; pro: as a subject, her: after a verb."""
    obj, zh_pronoun = lexicon.THIRD[pronoun]
    return item(en, zh, agr, pro=(pronoun, zh_pronoun), her=(obj, zh_pronoun))


def persons() -> Classes:
    """P pronouns, S subjects, Q those one asks about, K relatives, G of known gender, O objects."""
    pronouns, objects = [], []
    for en, obj, zh, agr in (row.split() for row in lexicon.PRONOUNS.strip().splitlines()):
        pronouns.append(item(en, zh, agr, pro=(en, zh), her=(obj, zh)))
        objects.append(item(obj, zh, agr, pro=(en, zh)))
    family, folk, parents = [], [], []
    for own, zh_own in rows(lexicon.OWNERS):
        family += [person(f"{own} {en}", zh_own + zh, pro) for en, zh, pro in rows(lexicon.KIN)]
        folk += [item(f"{own} {en}", zh_own + zh, "s") for en, zh in rows(lexicon.FOLK)]
        parents.append(person(f"{own} parents", f"{zh_own}父母", "they", "p"))
    names = [item(en, zh, "s") for en, zh in rows(lexicon.NAMES)]
    misters = [person(name.en, name.zh, "he") for name in names if name.en.startswith("mr")]
    kin = family + [one for one in family if one.en.startswith("my ")] * 2
    third = kin + folk + names * 3 + parents * 2
    return {
        "P": pronouns,
        "S": level(pronouns, pronouns[:1] + pronouns, third),
        "Q": level(
            [p for p in pronouns if p.en not in ("i", "we")],
            [one for one in third if not one.en.startswith("my ")],
        ),
        "G": level(pronouns, kin + misters * 2 + parents * 2),
        "K": kin + misters * 2,
        "T": level([p for p in pronouns if p.agr == "s"], kin, names),
        "O": level(objects, kin + misters),
        "many": [p for p in pronouns if p.en in ("we", "they")],
        "aged": aged(pronouns * 6 + family),
    }


def aged(people: list[Item]) -> list[Item]:
    """Persons with an age that they may have; n: the age."""
    made = []
    for one in people:
        kind = one.en.split()[1] if " " in one.en else one.en
        for n in lexicon.AGES.get(kind, lexicon.AGES["i"]):
            age = (english_number(n), chinese_number(n, counting=False))
            made.append(item(one.en, one.zh, one.agr, n=age))
    return made


def place(en: str, zh: str, preposition: str, **more: Pair) -> Item:
    """A place; at: after its preposition, name: its name once more, to end a sentence."""
    return item(en, zh, "s", at=(f"{preposition} {en}".strip(), zh), name=(en, zh), **more)


def places() -> Classes:
    city = [place(en, zh, "in") for en, zh in rows(lexicon.CITIES)]
    country = [place(en, zh, "in") for en, zh in rows(lexicon.COUNTRIES)]
    sight, univ, station = (
        [place(en, zh, "at") for en, zh in rows(text)]
        for text in (lexicon.SIGHTS, lexicon.UNIVERSITIES, lexicon.STATIONS)
    )
    facility = [
        place(f"the {en}", zh[1:], "in" if en == "park" else "at", one=(a(en), zh), some=("", zh))
        for en, zh in rows(lexicon.FACILITIES)
    ]
    homes = [place(f"{own} home", f"{zh}家", "at") for own, zh in rows(lexicon.OWNERS)]
    daily = [place(en, zh, preposition) for en, zh, preposition in rows(lexicon.DAILY)]
    home = place("home", "家", "at")
    near = [place(f"near {one.en}", f"{one.zh}附近", "") for one in facility + sight]
    beijing = city[:1] * 3
    return {
        "city": beijing + city,
        "country": country,
        "sight": sight,
        "facility": facility,
        "univ": univ,
        "place": level(facility, station + univ + homes, sight, daily + [home] * 3 + beijing),
        "goal": level(facility, station + univ + daily[1:], sight, city + beijing),
        "near": facility + daily + sight + univ,
        "far": city + beijing,
        "seen": level(city + beijing, sight, country + univ),
        "origin": beijing + city * 2 + country * 3,
        "home": level(beijing + city, near, country * 2),
        "work": level(facility, city + beijing, daily + univ),
        "site": facility + sight + homes + univ + station,
    }


def nouns(groups: str = "") -> list[list[str]]:
    """The nouns of some groups, or all; each: singular, plural, measure word, Chinese, group."""
    table = [line.split("|") for line in lexicon.NOUNS.strip().splitlines()]
    return [noun for noun in table if not groups or noun[-1] in groups.split()]


def adjectives(group: str) -> list[list[str]]:
    """What can be said of a group of nouns, each with its forms."""
    forms = {row[0]: row for row in rows(lexicon.ADJECTIVE_FORMS)}
    return [forms[adjective] for adjective in lexicon.ADJECTIVES.get(group, "").split()]


def number_of(n: int, adjective: str, noun: list[str], before: str) -> Item:
    singular, plural, measure, zh, _ = noun
    en = a(f"{adjective}{singular}") if n == 1 else f"{english_number(n)} {adjective}{plural}"
    return item(en, chinese_number(n) + measure + before + zh, "s" if n == 1 else "p")


def counted(noun: list[str], plain: bool = False) -> list[Item]:
    """A number of things: one more often than many, and with an adjective sometimes."""
    made = [number_of(n, "", noun, "") for n in (1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5)]
    if plain or " of " in noun[0]:
        return made
    for adjective, _, _, before in adjectives(noun[-1]):
        made += [number_of(n, f"{adjective} ", noun, before) for n in (1, 1, 2, 3) if before]
    for colour, zh in rows(lexicon.COLOURS):
        if noun[-1] in lexicon.COLOURED.split():
            made += [number_of(n, f"{colour} ", noun, f"{zh}的") for n in (1, 2)]
    return made


def shown(noun: list[str]) -> list[Item]:
    """This, that, these and those."""
    singular, plural, measure, zh, _ = noun
    made = [item(f"{en} {singular}", f"{z}{measure}{zh}", "s") for en, z in rows(lexicon.THAT)]
    if " of " not in singular:
        made += [item(f"{en} {plural}", z + zh, "p") for en, z in rows(lexicon.THOSE)]
    return made


def all_shown(groups: str) -> list[Item]:
    return [one for noun in nouns(groups) for one in shown(noun)]


def described(where: Classes) -> list[Item]:
    """Things, languages and places that are so or so; adj: what they are."""
    subjects: list[tuple[Pair, list[Item]]] = []
    for noun in nouns():
        subjects += [((row[0], row[1]), shown(noun)) for row in adjectives(noun[-1])]
    languages = words(lexicon.LANGUAGES, "s")
    subjects += [((row[0], row[1]), languages) for row in adjectives("language") * 3]
    subjects += [((en, zh), where["facility"]) for en, zh in rows(lexicon.PLACE_ADJECTIVES)]
    return level(
        *(
            [item(one.en, one.zh, one.agr, adj=adjective) for one in several]
            for adjective, several in subjects
        )
    )


def compared(several: list[Item], comparative: Pair) -> list[Item]:
    """This one is more so than that one; comp: how much so."""
    return [
        item("", "", this=(one.en, one.zh), that=(two.en, two.zh), comp=comparative)
        for one, two in permutations(several, 2)
        if one != two
    ]


def things(where: Classes) -> Classes:
    pair = [
        one
        for noun in nouns()
        for _, zh, comparative, _ in adjectives(noun[-1])
        if comparative
        for one in compared(shown(noun)[:2], (comparative, zh))
    ]
    for _, zh, comparative, _ in adjectives("language"):
        pair += compared(words(lexicon.LANGUAGES), (comparative, zh))
    priced = [
        [item(one.en, one.zh, "s", n=number(n)) for one in shown(noun)[:2] for n in prices]
        for group, prices in lexicon.PRICES.items()
        for noun in nouns(group)
    ]
    land = [
        one
        for comparative, zh in rows(lexicon.COMPARED_PLACES)
        for kind in ("city", "facility")
        for one in compared(where[kind], (comparative, zh))
    ]
    return {
        "thing": described(where),
        "pair": pair,
        "land": land,
        "priced": level(*priced),
        "sold": all_shown(" ".join(lexicon.PRICES)),
        "coloured": all_shown(lexicon.COLOURED),
        "gift": level(*(counted(noun, plain=True) for noun in nouns(lexicon.GIVEN))),
        "np": level(*(counted(noun) for noun in nouns(lexicon.OWNED))),
    }


def belongings() -> Classes:
    """Things owned (own, mine, whose) and lying about (laid, lying; spot: where)."""
    own, mine, whose, laid, lying = [], [], [], [], []
    for en, zh, _ in rows(lexicon.KIN)[2:6] * 4:
        own.append(item(a(en), zh, many=(f"{en}s", f"个{zh}")))
    for noun in nouns(lexicon.OWNED):
        singular, plural, measure, zh, group = noun
        own.append(item(a(singular), zh, many=(plural, measure + zh)))
        my = [item(f"{en} {singular}", z + zh, "s") for en, z in rows(lexicon.THING_OWNERS)]
        mine += my
        whose += [item(f"{singular} is {en}", f"{z}是谁的{zh}") for en, z in rows(lexicon.THAT)]
        whose += [item(f"{plural} are {en}", f"{z}是谁的{zh}") for en, z in rows(lexicon.THOSE)]
        spots = rows(lexicon.SPOTS) if group in lexicon.LYING.split() else []
        for en, z in (spot for spot in spots if spot[0] != f"in the {singular}"):
            laid += [item(one.en, one.zh, "s", spot=(en, z)) for one in my]
            some = counted(noun, plain=True)
            lying += [item(one.en, one.zh, one.agr, spot=(en, z)) for one in some]
    return {"own": own, "mine": mine, "whose": whose, "laid": laid, "lying": lying}


def named(names: str) -> list[Item]:
    """Verb phrases by their English names."""
    phrases = {one.en: one for one in words(f"{lexicon.HOBBIES},{lexicon.CHORES}")}
    return [phrases[name] for name in names.split("|")]


def doings() -> Classes:
    """What people do."""
    hobby, duty = words(lexicon.HOBBIES), named(lexicon.DUTIES)
    got = {
        verb: level(
            *(
                [item(f"{verb} {np.en}", f"{zh}*{np.zh}") for np in counted(noun)]
                for noun in nouns(groups)
            )
        )
        for verb, zh, groups in rows(lexicon.TAKES)
    }
    buy = [one for one in got["buy"] if one.en.split()[1] in ("a", "an", "two", "three")]
    return {
        "hobby": level(hobby, by_verb(hobby)),
        "act": by_verb(hobby + duty),
        "duty": duty,
        "got": level(*got.values()),
        "buy": buy,
        "errand": level(buy, named(lexicon.ERRANDS)),
        "somewhere": by_verb(named(lexicon.SOMEWHERE)),
    }


def doings_at(where: Classes) -> Classes:
    """Going to places, and what people do at which (at and place: the place)."""
    known = {
        one.en.removeprefix("the "): one
        for name in ("place", "sight", "city")
        for one in where[name]
    }

    def at(name: str, act: Item) -> Item:
        spot = known[name]
        return item(act.en, act.zh, at=spot.more["at"], place=("", spot.zh))

    do = [at(name, act) for name, acts in lexicon.DONE_AT.items() for act in named(acts)]
    bought = [
        level(
            *(
                [at(name, item(f"buy {np.en}", f"买*{np.zh}")) for np in counted(noun)]
                for noun in nouns(goods)
            )
        )
        for name, goods in lexicon.BUYING.items()
    ]
    trip = [
        item(f"go to {goal.en} {en}", f"{zh}去*{goal.zh}")
        for en, zh, how in rows(lexicon.RIDES)
        for goal in where[how] * (3 if how == "far" else 1)
    ]
    stay = [[one for one in do if one.en == verb] for verb in ("work", "study")]
    return {
        "go": [item(f"go to {goal.en}", f"去*{goal.zh}") for goal in where["goal"]],
        "trip": trip,
        "do": by_verb(do),
        "doing": by_verb([one for one in do if one.en not in ("work", "study")]),
        "bought": level(*bought),
        "stay": level(*stay, [at(city.en, item("live", "住*")) for city in where["city"]]),
        "rude": [at(name, act) for name in lexicon.QUIET.split("|") for act in named(lexicon.RUDE)],
    }


def qualities() -> Classes:
    states = words(lexicon.STATES)
    jobs = [item(en, zh, one=(a(en), zh), many=(f"{en}s", zh)) for en, zh in rows(lexicon.JOBS)]
    jobs += [item(en, zh, one=(en, zh), many=(en, zh)) for en, zh in rows(lexicon.NATIONS)]
    weather = [item(en, zh, comp=(comp, zh)) for en, zh, comp in rows(lexicon.WEATHER)]
    return {
        "state": [one for one in states if one.en != "happy"],
        "mood": level(states, words(lexicon.TRAITS)),
        "job": jobs,
        "weather": weather,
        "cool": [one for one in weather if one.en in ("cold", "cool")],
        "warm": [one for one in weather if one.en in ("hot", "warm")],
        "cause": [item(en, zh, vp=(vp, z)) for en, zh, vp, z in rows(lexicon.CAUSES)],
        "lack": [
            item(en, zh, when=(when, z), state=(state, y))
            for en, zh, when, z, state, y in rows(lexicon.PROBLEMS)
        ],
    }


def times() -> Classes:
    def days(before: str, zh_before: str) -> list[Item]:
        return [item(f"{before} {en}", zh_before + zh) for en, zh in rows(lexicon.DAYS)]

    hours = range(5, 13)
    clock = [item(f"{english_number(n)} o'clock", f"{chinese_number(n)}点") for n in hours]
    clock += [item(f"half past {english_number(n)}", f"{chinese_number(n)}点半") for n in hours]
    span = [
        item(f"{english_number(n)} {unit}{'s' if n > 1 else ''}", chinese_number(n) + zh)
        for n in range(1, 11)
        for unit, zh in rows(lexicon.UNITS)
    ]
    past, future = words(lexicon.PAST), words(lexicon.FUTURE) + days("on", "星期")
    return {
        "past": past + days("last", "上个星期"),
        "went": past + words(lexicon.LONG_AGO) * 2,
        "future": future,
        "will": future + words(lexicon.LATER) * 2,
        "habit": words(lexicon.HABIT) + days("every", "每个星期"),
        "clock": clock,
        "span": span,
    }


def crowd() -> list[Item]:
    return [
        item(f"{english_number(n)} {en}", f"{chinese_number(n)}个{zh}")
        for en, zh in rows(lexicon.CROWDS)
        for n in (*range(3, 11), *range(20, 100, 3), *[*range(11, 20)] * 5)
    ]


def all_classes() -> Classes:
    """The items of every slot by the name of the slot."""
    made = {name: words(text) for name, text in lexicon.LISTS.items()}
    where = places()
    made |= persons() | where | things(where) | belongings() | doings() | doings_at(where)
    made |= qualities() | times() | {"crowd": crowd()}
    seen = where["city"] + where["country"] + where["sight"]
    pets = [item(plural, zh) for _, plural, _, zh, _ in nouns("pet")]
    hobbies = [item(inflect(one.en, "ing"), one.zh) for one in made["hobby"]]
    owned, liked = all_shown(lexicon.OWNED), pets * 2 + words(lexicon.SUBJECTS)
    made["vp"] = level(made["go"], words(lexicon.HOBBIES), by_verb(made["duty"]), made["buy"])
    made["lovable"] = level(seen, where["city"] + where["sight"], made["O"])
    made["fun"] = level(seen, hobbies, owned, liked)
    made["findable"] = level(made["mine"], where["site"])
    return made
