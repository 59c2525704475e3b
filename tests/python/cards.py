"""Reads cards with vobject, as importers do, and says in JSON what it understood.

usage: cards.py FOLDER

One line for each file, in the order of their names.
"""

import base64
import json
import pathlib
import sys

import vobject


def texts(card, name):
    return [line.value for line in card.contents.get(name, [])]


def understood(path):
    cards = list(vobject.readComponents(path.read_bytes().decode()))
    assert len(cards) == 1, f"{len(cards)} cards"
    card = cards[0]
    # A card that it would not write again is one that it has not understood.
    card.serialize()
    photo = texts(card, "photo")
    return {
        "file": path.stem,
        "fn": card.fn.value,
        "family": card.n.value.family,
        "given": card.n.value.given,
        "tel": texts(card, "tel"),
        "email": texts(card, "email"),
        "note": texts(card, "note"),
        "org": texts(card, "org"),
        "photo": base64.b64encode(photo[0]).decode() if photo and isinstance(photo[0], bytes) else None,
        "lines": sum(len(lines) for lines in card.contents.values()),
    }


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.vcf")):
    try:
        print(json.dumps(understood(path)))
    except Exception as error:
        print(json.dumps({"file": path.stem, "error": f"{type(error).__name__}: {error}"}))
