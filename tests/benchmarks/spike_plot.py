# SPDX-License-Identifier: Apache-2.0
"""Draw runs beside each other: what the load asks for, what the autoscaler asks for, what is ready, who waits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# A reader can search the words, and the same runs give the same bytes.
matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "spike", "font.family": "sans-serif", "font.size": 10}
from benchmarks import spike_model  # noqa: E402
from benchmarks.spike_model import Load, Sample, Service  # noqa: E402
from matplotlib import pyplot  # noqa: E402

# Told apart by those who see colours otherwise, too.
LOAD_COLOUR, DESIRED, READY, WAITING = "#999999", "#0072b2", "#009e73", "#d55e00"
BEFORE_S = 20


def draw(runs: Mapping[str, Sequence[Sample]], service: Service, load: Load, file: Path) -> None:
    """Draw a column for each run: pods above, waiting requests below."""
    figure, rows = pyplot.subplots(
        2, len(runs), squeeze=False, sharex=True, sharey="row", figsize=(5.2 * len(runs), 6), height_ratios=(3, 2)
    )
    end = max(one.at for samples in runs.values() for one in samples)
    wanted = service.wanted(load.peak)
    for column, (title, samples) in enumerate(runs.items()):
        shown = [one for one in samples if one.at >= -BEFORE_S]
        at = [one.at for one in shown]
        above, below = rows[0][column], rows[1][column]
        above.set_title(title, fontsize=11)
        asked = [one.rate / service.per_pod() for one in shown]
        above.fill_between(at, asked, color=LOAD_COLOUR, alpha=0.3, linewidth=0, label="pods that the load needs")
        above.step(at, [one.desired for one in shown], where="post", color=DESIRED, label="pods asked for")
        above.step(at, [one.ready for one in shown], where="post", color=READY, linewidth=2, label="pods ready")
        reached = spike_model.first([one for one in shown if one.at > 0], wanted)
        if reached < math.inf:
            above.axvline(reached, color=READY, linestyle=":", linewidth=1)
            # Beside its line, on the side that has room.
            left = reached > end / 2
            above.annotate(
                f"{wanted} pods ready:\n{reached:.0f} s",
                (reached, above.get_ylim()[1] * 0.88),
                xytext=(-6 if left else 6, 0),
                textcoords="offset points",
                color=READY,
                ha="right" if left else "left",
            )
        below.fill_between(at, [one.queue.waiting for one in shown], color=WAITING, alpha=0.4, linewidth=0)
        below.set_xlabel("seconds since the load began to rise")
        for axes in (above, below):
            axes.set_xlim(-BEFORE_S, end)
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.3)
            axes.spines[["top", "right"]].set_visible(False)
    rows[0][0].set_ylabel("pods")
    rows[1][0].set_ylabel("requests that wait")
    handles, labels = rows[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=3, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.95))
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
