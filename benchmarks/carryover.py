"""How much is carried over: numbers, links, addresses, placeholders and tags in known sentences.

    python benchmarks/carryover.py make PAIRS > LINES     300 sources with their items
    seqcli translate -m MODEL -i SOURCES --format json > OUT
    python benchmarks/carryover.py score LINES OUT        what came through, and what was flagged

PAIRS is source<TAB>target, also .gz, with English sources. LINES has the source and its items, one
after another, separated by tabs. The draw is seeded: the same bytes each time.
"""

import gzip
import json
import random
import re
import sys
from collections import Counter
from pathlib import Path

COUNT = 300
NUMBER_WORDS = r"\b(?:two|three|four|five|six|several|many|some)\b"
SUBJECTS = r"^(?:A|The) (?:young |little |old |small )?(?:man|woman|boy|girl|child|dog|person)\b"
DOMAINS = ("example.org", "mail.example.net", "data.example.com", "x.example.eu")


def number(draw: random.Random) -> str:
    kind = draw.randrange(6)
    value = draw.randint(2, 990)
    return [
        str(value),
        f"{value / 10:.1f}",
        f"{value:,}" if value > 99 else f"{value}",
        f"{draw.randint(1, 12)}:{draw.randint(10, 59)}",
        f"{value}%",
        f"{value}{draw.choice(('½', '²', '€'))}",
    ][kind]


def link(draw: random.Random) -> str:
    path = "/".join(draw.choice(("a", "map", "b2", "pic.png")) for _ in range(draw.randint(0, 2)))
    return f"https://{draw.choice(DOMAINS)}/{path}" + draw.choice(("", "?q=1&r=x", "#top"))


def address(draw: random.Random) -> str:
    return f"{draw.choice(('ann', 'j.doe', 'info', 'x_y'))}@{draw.choice(DOMAINS)}"


def placeholder(draw: random.Random) -> str:
    name = draw.choice(("name", "user", "n", "item_2"))
    return draw.choice(
        ("%s", f"%({name})s", f"{{{name}}}", f"{{{{{name}}}}}", f"${{{name}}}", "%1$d")
    )


def put_number(text: str, draw: random.Random) -> tuple[str, list[str]]:
    item = number(draw) if re.search(NUMBER_WORDS, text) else str(draw.randint(2, 990))
    if re.search(NUMBER_WORDS, text):
        return re.sub(NUMBER_WORDS, lambda _: item, text, count=1), [item]
    return f"In {item} seconds, {text[0].lower()}{text[1:]}", [item]


def put_link(text: str, draw: random.Random) -> tuple[str, list[str]]:
    item = link(draw) if draw.random() < 0.6 else address(draw)
    before, stop = (text[:-1], text[-1]) if text[-1] in ".!" else (text, "")
    return f"{before} {draw.choice(('near', 'with', 'and'))} {item}{stop}", [item]


def put_placeholder(text: str, draw: random.Random) -> tuple[str, list[str]]:
    item = placeholder(draw)
    if re.search(SUBJECTS, text):
        return re.sub(SUBJECTS, lambda _: item, text, count=1), [item]
    before, stop = (text[:-1], text[-1]) if text[-1] in ".!" else (text, "")
    return f"{before} with {item}{stop}", [item]


def put_tags(text: str, draw: random.Random) -> tuple[str, list[str]]:
    words = text.split(" ")
    start = draw.randrange(len(words) - 1)
    end = min(len(words) - 1, start + draw.randint(1, 3))
    name = draw.choice(("b", "i", "a"))
    opening = f'<{name} href="x.html">' if name == "a" else f"<{name}>"
    words[start] = opening + words[start]
    words[end - 1] = re.sub(r"([.,!]?)$", rf"</{name}>\1", words[end - 1], count=1)
    return " ".join(words), [opening, f"</{name}>"]


def make(path: str) -> None:
    """Print sentences with one to three kinds of items in them."""
    draw = random.Random(20261127)
    content = Path(path).read_bytes()
    content = gzip.decompress(content) if path.endswith(".gz") else content
    sources = [line.split("\t")[0] for line in content.decode("utf-8").splitlines()]
    sources = [text for text in sources if 6 <= len(text.split()) <= 20 and text[0].isupper()]
    for sentence in draw.sample(sources, COUNT):
        text = sentence
        # Tags come last, so that they may enclose other items.
        kinds = [put_tags, put_number, put_link, put_placeholder]
        chosen = draw.sample(range(4), draw.choice((1, 1, 2, 3)))
        items = []
        for kind in sorted(chosen, key=lambda k: k == 0):
            text, new = kinds[kind](text, draw)
            items += new
        print(text, *items, sep="\t")


def is_number(item: str) -> bool:
    return item[0].isdigit()


def score(lines: str, translations: str) -> None:
    """Print the share of items that came through, of each kind, and of lines that lost one
    without being flagged."""
    counts, right = Counter(), Counter()
    unflagged = nested = tagged = 0
    rows = zip(
        Path(lines).read_text(encoding="utf-8").splitlines(),
        Path(translations).read_text(encoding="utf-8").splitlines(),
        strict=True,
    )
    for line, answer in rows:
        source, *items = line.split("\t")
        found = json.loads(answer)
        lost = False
        for item in items:
            kind = "numbers" if is_number(item) else "tags" if item[0] == "<" else "others"
            here = found["translation"].count(item) == source.count(item)
            counts[kind] += 1
            right[kind] += here
            lost |= not here
        unflagged += lost and not found["missing"]
        tags = [item for item in items if item[0] == "<"]
        if tags:
            tagged += 1
            places = [found["translation"].find(tag) for tag in tags]
            nested += -1 < places[0] < places[1]
        if lost:
            print(source, "=>", found["translation"], file=sys.stderr)
    for kind, count in counts.items():
        print(f"{kind}: {right[kind]} of {count} ({right[kind] / count:.1%})")
    print(f"tags in order: {nested} of {tagged}; lines that lost an item unflagged: {unflagged}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or ["help"]
    if command == "make":
        make(*arguments)
    elif command == "score":
        score(*arguments)
    else:
        sys.exit(__doc__)
