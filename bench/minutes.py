"""Minutes of a visit with 40 answers, 20 findings and 20 photographs of 12 million pixels.

    python -m bench.minutes

Without the photographs they stand beside weasyprint, with the same text.
"""

import tempfile
from pathlib import Path

from bench import databases
from bench.camera import photographs
from bench.figures import Figure, duration, show

PHOTOS, WIDTH, HEIGHT = 20, 4000, 3000
SECONDS, MEGABYTES, TIMES = 1, 80, 20  # what is aimed at


def measure() -> list[Figure]:
    """Measure each in a process of its own, on SQLite: the database has little part in it."""
    with tempfile.TemporaryDirectory() as folder:
        size = 0
        for number, photo in enumerate(photographs(PHOTOS, WIDTH, HEIGHT)):
            (Path(folder) / f"{number:02}.jpg").write_bytes(photo)
            size += len(photo)
        ours = databases.run("minutes_ways", "SQLite", folder, function="with_photographs")
    text = databases.run("minutes_ways", "SQLite", function="without_photographs")
    what = f"Minutes of {ours['pages']} pages, {PHOTOS} photographs of {size / PHOTOS / 1e6:.1f} MB"
    times = text["peer"] / text["ours"]
    return [
        *(
            Figure(
                f"{what}, {when}",
                f"{duration(ours[name])}, {duration(ours[name + '_processor'])} of processor,"
                f" {ours[name + '_memory']:.0f} MB beyond the interpreter",
                goal=f"{SECONDS} s, {MEGABYTES} MB",
                met=ours[name] < SECONDS and ours[name + "_memory"] < MEGABYTES,
            )
            for name, when in (("first", "printed first"), ("again", "printed again, equal bytes"))
        ),
        Figure(
            f"Their text alone, {text['pages']} pages",
            duration(text["ours"]),
            f"weasyprint, {text['there']} pages {duration(text['peer'])}",
            times,
            f"{TIMES} times as fast",
            times >= TIMES,
        ),
    ]


if __name__ == "__main__":
    show(measure())
