#!/bin/sh
# What the memory storage of limits 5.8.0 keeps of names that were hit once, under its moving window.
#
# Guessed: nothing, once their window is over.
# Seen:    a list for every name that it ever heard of, empty but there; and while there are hits, a thread that starts a hundred
#          times a second and walks all of them, which takes a third of a core and more at 100,000 names.
# Ends with 0 while that is so.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q limits==5.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

storage = MemoryStorage()
limiter, once_a_second = MovingWindowRateLimiter(storage), parse("10/second")
for number in range(100_000):
    limiter.hit(once_a_second, f"192.0.2.{number}")
time.sleep(2)
processor, clock = time.process_time(), time.monotonic()
while time.monotonic() < clock + 3:
    limiter.hit(once_a_second, "198.51.100.7")
    time.sleep(0.01)
processor = time.process_time() - processor
print(f"{len(storage.events):,} names kept, {sum(not hits for hits in storage.events.values()):,} of them empty")
print(f"{processor:.1f} s of processor time in 3 s with a hundred hits a second")
assert len(storage.events) > 100_000
PYTHON
echo "limits 5.8.0 keeps them still"
