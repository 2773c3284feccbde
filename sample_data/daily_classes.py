"""Classes of phrases for daily_patterns.py, with open words, which stand unchanged in Chinese."""

from __future__ import annotations

import random

import daily_lexicon as daily
import lexicon
from classes import Classes, all_classes, counted, nouns, person, place
from grammar import Item, a, chinese_number, english_number, item, level, rows, words

OPEN = ("WOMEN", "MEN", "PLACES", "FOODS", "DRINKS", "GAMES", "FIRMS", "THINGS", "JOBS", "VERBS")


def open_words(held_out: bool) -> dict[str, list[str]]:
    """The open words of every kind: those for training, or those that are held out."""
    return {kind: getattr(daily, f"{prefix(held_out)}{kind}").split() for kind in OPEN}


def prefix(held_out: bool) -> str:
    return "HELD_OUT_" if held_out else "OPEN_"


def table(text: str) -> list[list[str]]:
    return [line.split("|") for line in text.strip().splitlines()]


def names(held_out: bool, rng: random.Random) -> list[Item]:
    """People by name: as many with a Chinese form as without one."""
    unlisted, last = open_words(held_out), getattr(daily, f"{prefix(held_out)}SURNAMES").split()
    made = []
    for kind, sex, listed in (("WOMEN", "she", daily.WOMEN), ("MEN", "he", daily.MEN)):
        first = unlisted[kind]
        full = [f"{name} {rng.choice(last)}" for name in rng.sample(first, len(first) // 6)]
        chinese = [(en, zh) for en, zh in rows(listed)]
        carried = [(name, name) for name in (*first, *full)]
        made += level(
            *(
                [item(en, zh, "s", pro=(en, zh), her=(en, zh), sex=(sex, "")) for en, zh in group]
                for group in (chinese, carried)
            )
        )
    return made


def people(old: Classes, name: list[Item]) -> Classes:
    """Persons, as in classes.py, and those with a name."""
    kin, folk = [], []
    for own, zh_own in rows(lexicon.OWNERS):
        kin += [person(f"{own} {en}", zh_own + zh, pro) for en, zh, pro in rows(daily.KIN)]
        folk += [item(f"{own} {en}", zh_own + zh, "s") for en, zh in rows(daily.FOLK)]
    relatives = [*old["K"], *kin]
    relation = [
        item(en, zh, "s", sex=(sex, "")) for en, zh, sex in (*rows(lexicon.KIN), *rows(daily.KIN))
    ]
    others = (*rows(lexicon.FOLK), *rows(daily.FOLK))
    relation += [item(en, zh, "s") for en, zh in others if en != "family"]
    mine = [one for one in (*relatives, *folk) if one.en.split()[0] in ("my", "his", "her")]
    possessive = [item(f"{one.en}'s", one.zh, **one.more) for one in mine]
    own = words(lexicon.OWNERS)
    pronouns = old["P"]
    return {
        "N": name,
        "S": level(pronouns, pronouns, [*kin, *folk], name, name),
        "Q": level([p for p in pronouns if p.en not in ("i", "we")], old["Q"], name, name),
        "T": level(old["T"], kin, name, name),
        "O": level(old["O"], kin, name, name),
        "G": old["G"],
        "rel": [one for one in mine if one.en.startswith("my ")] * 3 + mine,
        "relone": relation,
        "relof": relation,
        "me": [p for p in pronouns if p.agr != "p" or p.en == "you"],
        "kinone": relation,
        "namer": level([*own, item("its", "它")], own, possessive),
        "asked": words("your=你, his=他, her=她, its=它") * 9
        + [item(f"your {one.en}'s", f"你{one.zh}", **one.more) for one in relation],
    }


def cities(old: Classes, open_places: list[str]) -> Classes:
    """X: cities and countries, old, new and open."""
    city = [place(en, zh, "in") for en, zh in rows(daily.CITIES)]
    country = [place(en, zh, "in") for en, zh in rows(daily.COUNTRIES)]
    unlisted = [place(name, name, "in") for name in open_places]
    new = level(city, country, unlisted, unlisted)
    grown = {
        name: level(old[name], new)
        for name in ("city", "seen", "home", "far", "origin", "lovable", "fun")
    }
    known = level(city, country, old["city"], old["country"])
    return grown | {"X": level(known, unlisted), "country": [*old["country"], *country]}


def amounts(rng: random.Random) -> Classes:
    """Numbers, in digits more often than in words, and what is written with them."""
    digits = [item(str(n), str(n)) for n in range(2, 100)]
    few = [item(str(n), str(n)) for n in range(2, 13)]
    spelled = [item(english_number(n), chinese_number(n)) for n in range(2, 21)]
    prices = [*range(2, 100), *range(100, 1000, 7), *range(1000, 9000, 110)]
    price = [item(str(n), str(n)) for n in prices]
    decimal = [f"{n}.{rng.randint(1, 9)}" for n in range(1, 40)]
    grouped = [f"{n:,}" for n in range(1000, 90000, 1700)]
    phones = [str(rng.randrange(10**6, 10**11)) for _ in range(40)]
    phones += [f"{rng.randrange(100, 1000)}-{rng.randrange(1000, 10000)}" for _ in range(40)]
    clock = [f"{h}:{m:02}" for h in range(24) for m in (*range(0, 60, 5), rng.randrange(60))]

    def same(texts: list[str]) -> list[Item]:
        return [item(text, text) for text in texts]

    return {
        "count": level(digits, digits, spelled),
        "few": few,
        "price": level(price, price, price, same([*decimal, *grouped])),
        "year": [item(str(n), str(n)) for n in range(1940, 2035)],
        "time": same(clock),
        "hour": few,
        "day": [item(str(n), str(n)) for n in range(1, 32)],
        "phone": same(phones),
        "roomno": [item(str(n), str(n)) for n in range(101, 900)],
        "money": words(daily.MONEY),
        "length": words(daily.LENGTHS),
        "half": words(daily.HALVES),
        "month": words(daily.MONTHS),
        "weekday": words(daily.WEEKDAYS),
        "wait": words(daily.WAITS),
        "anytime": words(daily.ANYTIME),
        "period": words(daily.PERIODS),
    }


def in_digits(noun: list[str]) -> list[Item]:
    """A number of things, in digits or in a word."""
    _, plural, measure, zh, _ = noun
    digits = [item(f"{n} {plural}", f"{n}{measure}{zh}", "p") for n in (*range(2, 30), 50, 200)]
    return level(digits, digits, counted(noun, plain=True))


def described(owned: list[list[str]], open_things: list[Item]) -> list[list[Item]]:
    """Things with what they are (adj), by what they are."""
    chinese = dict(rows(daily.QUALITIES))
    kinds = [(item(noun[0], noun[3], "s"), noun[-1]) for noun in owned]
    kinds += [(thing, "open") for thing in open_things]
    things = [
        item(thing.en, thing.zh, "s", adj=(en, chinese[en]))
        for thing, group in kinds
        for en in daily.ARE.get(group, "").split()
    ]
    return [[one for one in things if one.more["adj"][0] == en] for en in chinese]


def belongings(unlisted: list[str]) -> Classes:
    """Things: the, one and many of them."""
    new, folk = table(daily.NOUNS), table(daily.PEOPLE)
    owned = [*nouns(lexicon.OWNED), *[noun for noun in new if " of " not in noun[0]]]
    single = [item(noun[0], noun[3], "s") for noun in owned]
    single += [item(noun[0], noun[3], "s") for noun in new if noun[0].startswith("pair of")]
    open_things = [item(thing, thing, "s") for thing in unlisted]
    parts = words(daily.PARTS_OF_ROOM, "s")
    bought = [
        noun
        for noun in (*nouns("fruit food drink bottle ticket"), *new)
        if noun[-1] not in ("pet", "thought", "large")
    ]
    goods = level(*map(in_digits, [*bought, *nouns("print wear tool")]))
    one = [item(a(noun[0]), f"一{noun[2]}{noun[3]}", "s") for noun in (*owned, *folk)]
    some = [item(a(thing.en), f"一个{thing.zh}", "s") for thing in open_things]
    the = [item(f"the {thing.en}", thing.zh, "s") for thing in (*single, *parts, *open_things)]
    priced = [
        *nouns("print wear tool furniture ride"),
        *[n for n in new if n[-1] in ("small", "other")],
    ]
    lying = [*nouns("print reference wear tool ticket"), *[n for n in new if n[-1] == "small"]]
    return {
        "so": level(*described(owned, open_things)),
        "small": [item(n[0], n[3], "s") for n in lying],
        "sale": [*[item(n[0], n[3], "s") for n in priced], *open_things],
        "thingy": level(single, single, open_things),
        "the": the,
        "one": level(one, some),
        "plural": [
            item(noun[1], noun[2] + noun[3], bare=(noun[1], noun[3]))
            for noun in (*owned, *folk, *folk)
        ],
        "common": [one for one in (*single, *open_things) if one.en[0] not in "aeiou"],
        "article": level(one[: len(owned)], some),
        "counted": level(*map(in_digits, [*owned, *folk])),
        "goods": goods,
        "ware": [item(f"this {n[0]}", f"这{n[2]}{n[3]}", "s") for n in priced],
        "crowds": [
            item(f"{n} {plural}", f"{n}个{zh}", "p")
            for plural, zh in rows(f"{daily.CROWDS}, {lexicon.CROWDS}")
            for n in range(2, 60)
        ],
    }


def eating(open_foods: list[str], open_drinks: list[str]) -> Classes:
    food = words(daily.FOODS)
    unlisted = [item(name, name) for name in open_foods]
    return {
        "food": level(food, unlisted),
        "foody": level(
            *([one for one in group if one.en[-1] != "s"] for group in (food, unlisted))
        ),
        "drink": level(words(daily.DRINKS), [item(name, name) for name in open_drinks]),
    }


def doings(open_games: list[str], open_verbs: list[str]) -> Classes:
    verbs = [item(name, name) for name in open_verbs]
    games = [item(name, name) for name in open_games]
    return {
        "feel": words(daily.FEELINGS),
        "pastime": [*words(lexicon.HOBBIES), *words(daily.HOBBIES) * 3],
        "game": games,
        "chore": words(daily.CHORES),
        "open": words(daily.SPOTS),
        "always": words(daily.ALWAYS),
        "having": words(daily.HAVINGS),
        "upset": words(daily.UPSET),
        "daytime": words(daily.DAYTIMES),
        "some": words(daily.SOME),
        "colour2": words(f"{lexicon.COLOURS}, {daily.COLOURS}"),
        "deed": level(words(daily.ACTS), words(daily.ACTS), verbs),
        "skilled": level(words(lexicon.SKILLS), verbs),
        "change": words(daily.CHANGES),
        "mood2": words(daily.MOODS),
        "beautiful": words(daily.SIGHTSEEING),
        "fine": words(daily.WEATHER),
        "greeting": words(daily.GREETINGS),
        "opener": words(daily.OPENERS),
        "phrase": words(daily.PHRASES),
        "kind": words(daily.KINDS),
        "animal": words(daily.ANIMALS),
    }


def jobs(old: Classes, open_jobs: list[str]) -> Classes:
    new = [item(en, zh, one=(a(en), zh), many=(f"{en}s", zh)) for en, zh in rows(daily.JOBS)]
    new += [item(en, zh, one=(en, zh), many=(en, zh)) for en, zh in rows(daily.NATIONS)]
    together = [item(en, zh, many=(en, zh)) for en, zh in rows(daily.TOGETHER)]
    job = [*old["job"], *new]
    fellow = words(f"{lexicon.JOBS}, {lexicon.FOLK}, {daily.JOBS}, boy=男孩, girl=女孩, man=男人")
    person = [item(en, zh, sex=(sex, "")) for en, zh, sex in rows(daily.PERSONS)]
    trade = [item(a(en), en) for en in open_jobs]
    return {
        "job": job,
        "joined": [*job, *together * 4],
        "trade": trade,
        "fellow": fellow,
        "person": person,
    }


def favorites(made: Classes) -> list[Item]:
    """Kinds of things; it: the one that somebody likes best."""
    likes = {
        "food": made["food"],
        "city": [place for place in made["X"] if place not in made["country"]],
        "color": made["colour2"],
        "sport": words(daily.FAVORITE_SPORTS),
        "animal": words(daily.FAVORITE_ANIMALS),
        "game": made["game"],
    }
    chinese = dict(rows(daily.KINDS))
    return level(
        *(
            [item(kind, chinese[kind], it=(one.en, one.zh)) for one in favorites]
            for kind, favorites in likes.items()
        )
    )


def sums() -> list[Item]:
    return [
        item(f"{m} plus {n} is {m + n}", f"{m}加{n}等于{m + n}")
        for m in range(2, 40)
        for n in range(2, 40)
        if m != n
    ]


def daily_classes(held_out: bool, rng: random.Random) -> Classes:
    """The items of every slot, with the open words for training or with those held out."""
    old, unlisted = all_classes(), open_words(held_out)
    made = old | people(old, names(held_out, rng)) | cities(old, unlisted["PLACES"])
    made |= amounts(rng) | belongings(unlisted["THINGS"]) | jobs(old, unlisted["JOBS"])
    made |= eating(unlisted["FOODS"], unlisted["DRINKS"])
    made |= doings(unlisted["GAMES"], unlisted["VERBS"])
    pets = getattr(daily, f"{prefix(held_out)}PET_NAMES").split()
    mails = [f"{name}{rng.randint(1, 99)}@mail.com" for name in unlisted["MEN"]]
    made["petname"] = [item(name, name) for name in pets]
    made["mail"] = [item(mail, mail) for mail in mails]
    made["firm"] = [item(name, name, "s") for name in unlisted["FIRMS"]]
    made["language"] = words(daily.LANGUAGES)
    made["spot"] = words(lexicon.SPOTS)
    made["favorite"], made["sum"] = favorites(made), sums()
    return made


def open_vocabulary(held_out: bool) -> set[str]:
    """Every open word that is a word of a list, not a number."""
    kinds = (*OPEN, "PET_NAMES", "SURNAMES")
    return {word for kind in kinds for word in getattr(daily, prefix(held_out) + kind).split()}
