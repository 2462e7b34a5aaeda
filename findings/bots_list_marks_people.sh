#!/bin/sh
# What crawler-user-agents 1.67.0 takes for crawlers, by its own `is_crawler`.
#
# Guessed: programs that fetch pages. A person's browser is none.
# Seen:    a phone whose system is Android's build AP3A.240617.008 (the pattern is the build's name), whatever its browser is;
#          and every page that is looked at within Facebook's or Viber's app on Android (`MetaIAB Facebook`, `Viber`).
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q crawler-user-agents==1.67.0
"$folder/venv/bin/python" - <<'PYTHON'
from crawleruseragents import CRAWLER_USER_AGENTS_DATA, is_crawler

on_android = "Mozilla/5.0 (Linux; Android 15; {}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36{}"
people = [on_android.format("CPH2557 Build/AP3A.240617.008", ""), on_android.format("K", " MetaIAB Facebook"), on_android.format("K", " Viber/21.0")]
assert not is_crawler(on_android.format("K", ""))
for person in people:
    patterns = [bot["pattern"] for bot in CRAWLER_USER_AGENTS_DATA if bot["pattern"].replace("\\", "") in person]
    print(is_crawler(person), patterns, person)
    assert is_crawler(person)
PYTHON
echo "crawler-user-agents 1.67.0 takes them for crawlers still"
