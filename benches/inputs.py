"""Inputs for the readers, the same bytes for the same seed: records as an API answers them, and hard cases."""

import json
import os
import random

WORDS = "sync cursor record schema null timeout retry page token source stack merge release refresh café 日本語 данные 🚀 “quoted” \\path a/b <html>".split()


def words(dice, count):
    return " ".join(dice.choices(WORDS, k=count))


def user(dice):
    number = dice.randrange(10**8)
    return {"login": f"user-{number % 9973}", "id": number, "avatar_url": f"https://avatars.example/u/{number}", "site_admin": False}


def record(dice, number):
    return {
        "id": 10**9 + number, "number": number + 1, "node_id": f"I_{dice.getrandbits(64):016x}",
        "url": f"https://api.example/repos/acme/rocket/issues/{number + 1}", "title": words(dice, 8),
        "state": dice.choice(["open", "closed"]), "locked": False, "user": user(dice),
        "assignee": user(dice) if dice.random() < 0.5 else None,
        "labels": [{"id": dice.randrange(10**9), "name": dice.choice(["bug", "later", "help"]), "color": f"{dice.getrandbits(24):06x}"} for _ in range(dice.randrange(4))],
        "comments": dice.randrange(40), "created_at": f"20{dice.randrange(10, 26)}-05-10T11:06:00Z", "closed_at": None,
        "score": round(dice.random() * 100, 6), "body": words(dice, dice.randrange(20, 160)),
    }


def records(path, size):
    """Writes about so many bytes of records in an envelope; the last one holds a word that no other has."""
    dice = random.Random(20260101)
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"status":"success","result":[')
        number = written = 0
        while written < size:
            text = json.dumps(record(dice, number), ensure_ascii=False, separators=(",", ":"))
            out.write(("," if number else "") + text)
            written += len(text.encode()) + 1
            number += 1
        out.write(',{"id":0,"title":"the needle in the haystack"}],"connector_metadata":{"has_next_page":false}}')
    return number + 1


def write(folder):
    """Writes all inputs that are not there yet. Returns their paths by name."""
    os.makedirs(folder, exist_ok=True)
    paths = {}

    def make(name, fill):
        paths[name] = os.path.join(folder, name.replace(" ", "_") + ".json")
        if not os.path.exists(paths[name]):
            fill(paths[name])

    def text(content):
        def fill(path):
            with open(path, "w", encoding="utf-8") as out:
                out.write(content())
        return fill

    dice = random.Random(7)
    make("218 kB", lambda path: records(path, 218_000))
    make("25 MB", lambda path: records(path, 25_000_000))
    make("100 MB", lambda path: records(path, 100_000_000))
    make("depth 20,000", text(lambda: "[" * 20_000 + "1" + "]" * 20_000))
    make("a 20 MB string", text(lambda: json.dumps({"before": 1, "text": words(dice, 1_900_000), "after": 2}, ensure_ascii=False)))
    make("a million integers", text(lambda: json.dumps([dice.randrange(1000) for _ in range(1_000_000)], separators=(",", ":"))))
    make("200,000 keys", text(lambda: json.dumps({f"key {number}": number for number in range(200_000)})))
    make("hostile text", text(lambda: json.dumps([{"id": number, "text": "\x1b[2J\x1b]0;x\x07\u202e\u200b\x9b" * 20} for number in range(2000)], ensure_ascii=False)))
    return paths
