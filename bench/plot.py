"""Plot a report: bars of chatroom and the references on a logarithmic scale."""

from pathlib import Path

from .report import Report

RATES = ("deliveries/s", "acks/s", "people/s", "connects/s")


def plot(report: Report, path: Path) -> None:
    """:raises ImportError: matplotlib is missing; the extra ``bench`` has it."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    groups: list[tuple[str, list[tuple[str, float]]]] = []
    for scenario, measured in report.subjects.get("chatroom", {}).items():
        rate = next((name for name in RATES if name in measured.figures), None)
        if rate is None or scenario == "latency":
            continue
        values = [(name, report.figure(name, scenario, rate)) for name in report.subjects]
        bars = [(name, value.median) for name, value in values if value is not None]
        groups.append((f"{scenario}\n{rate}", bars))
    groups.append(("the machine alone", list(report.references.items())))
    colours = {name: f"C{number}" for number, name in enumerate(report.subjects)}
    rows = sum(len(bars) + 1 for _, bars in groups)
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.24 * rows))
    place = 0
    for label, bars in groups:
        axes.text(
            0.0,
            -place,
            f"{label} ".replace("\n", ", "),
            weight="bold",
            va="center",
            transform=axes.get_yaxis_transform(),
        )
        place += 1
        for name, value in bars:
            axes.barh(-place, value, color=colours.get(name, "0.6"))
            axes.text(value, -place, f" {value:,.0f}  {name}", va="center", fontsize=8)
            place += 1
    axes.set_xscale("log")
    axes.set_xlim(right=axes.get_xlim()[1] * 30)
    axes.set_yticks([])
    axes.set_title(f"{report.machine}, median of {report.runs}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
