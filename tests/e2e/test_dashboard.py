"""The page of `make dashboard`: every widget of the template finds its series in the sample."""

import re

import pytest

from warden_local import dashboard_page, dashboard_plot, dashboard_sample
from warden_local.dashboard_body import body
from warden_local.problem import Problem
from warden_local.series import Series, calculate, label, search, value

SAMPLE = dashboard_sample.Sample()
BODY = dashboard_page.choose(body(dashboard_sample.PARAMETERS), SAMPLE)
METRIC_WIDGETS = [widget for widget in BODY["widgets"] if widget["type"] == "metric"]


@pytest.mark.parametrize("widget", METRIC_WIDGETS, ids=lambda widget: widget["properties"]["title"])
def test_every_widget_has_something_to_draw(widget):
    drawn = [line for line in dashboard_page.lines(widget["properties"], SAMPLE.series()) if line[1]]
    assert drawn
    names = [name for name, *_ in drawn]
    assert len(names) == len(set(names)), "labels tell the lines apart"
    assert not [name for name in names if "?" in name or "$" in name]


@pytest.mark.parametrize("widget", METRIC_WIDGETS, ids=lambda widget: widget["properties"]["title"])
def test_a_widget_without_data_says_so(widget):
    nothing = [(name, {}, options) for name, _, options in dashboard_page.lines(widget["properties"], [])]
    assert dashboard_plot.plot(widget, nothing, (0, 900)).count("no data in view") == 2, "seen, and spoken"


def test_few_points_are_bars_and_a_line_in_words():
    widget = {"width": 8, "height": 6, "properties": {"title": "t", "stacked": True, "yAxis": {"left": {"min": 0}}}}
    drawn = dashboard_plot.plot(widget, [("a", {300: 2.0, 600: 5.0}, {}), ("<b>", {600: 1.0}, {})], (0, 1_800))
    assert 'aria-label="a: sum 7, at most 5; &lt;b&gt;: sum 1, at most 1"' in drawn
    assert ">00:15<" in drawn


def test_the_page_holds_every_title_and_nothing_from_elsewhere():
    page = dashboard_page.render(body(dashboard_sample.PARAMETERS), SAMPLE)
    for widget in BODY["widgets"]:
        assert widget["properties"]["title"] in page.replace("&#x27;", "'")
    assert "CHOSEN_DOMAIN" not in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org", "")


def test_the_sample_shows_the_alarms_of_its_sets_and_what_rings_comes_first():
    (widget,) = [widget for widget in BODY["widgets"] if widget["type"] == "alarm"]
    names = {arn.rpartition(":")[2] for arn in widget["properties"]["alarms"]}
    assert set(dashboard_sample.ALARMS) <= names
    assert {"ses-warden/configuration-set/transactional/complaint/warn", "ses-warden-watch-guard-idle"} <= names
    drawn = dashboard_page.alarms(widget["properties"], SAMPLE.alarms())
    assert drawn.rindex("is-alarm") < drawn.index("is-ok")


def test_the_table_of_guard_shows_what_its_query_chooses_the_newest_first():
    (widget,) = [widget for widget in BODY["widgets"] if widget["type"] == "log"]
    drawn = dashboard_page.log(widget["properties"], SAMPLE.log())
    assert drawn.index("paused_sets") < drawn.index("set marketing") < drawn.index("warning")
    assert "handled already" not in drawn
    assert "no data in view" in dashboard_page.log(widget["properties"], [{"@timestamp": 0, "message": "began"}])


def test_a_filter_is_taken_as_it_stands():
    either = "(ispresent(`alarm.name`) or ispresent(action)) and message != 'old'"
    for entry, wanted in (
        ({"alarm.name": "a", "message": "new"}, True),
        ({"action": "a", "message": "new"}, True),
        ({"alarm.name": "a", "message": "old"}, False),
        ({"message": "new"}, False),
    ):
        assert dashboard_page.passes(either, entry) is wanted
    with pytest.raises(Problem):
        dashboard_page.passes("strlen(message) > 3", {})


def test_a_search_finds_just_its_own_dimensions():
    known = [
        Series("N", "Send", {"Domain": "a"}, {0: [1.0, 2.0], 300: [4.0]}),
        Series("N", "Send", {"Domain": "a", "ConfigurationSet": "x"}, {0: [9.0]}),
        Series("N", "Send", {}, {0: [9.0]}),
        Series("M", "Send", {"Domain": "a"}, {0: [9.0]}),
    ]
    assert search("""SEARCH('{N,Domain} MetricName="Send"', 'Sum', 300)""", known) == [(known[0], {0: 3.0, 300: 4.0})]
    assert search("""SEARCH('{N,Domain} MetricName="Send"', 'Maximum', 600)""", known)[0][1] == {0: 4.0}
    anywhere = search("""SEARCH('Namespace="N" MetricName="Send"', 'Sum', 300)""", known)
    assert len(anywhere) == 3
    with pytest.raises(Problem):
        search("SEARCH('whatever', 'Sum', 300)", known)


def test_arithmetic_skips_what_is_missing_and_fill_does_not():
    known = {"a": {0: 1.0, 600: 3.0}, "b": {0: 4.0, 300: 5.0, 600: 0.0}, "none": {}}
    assert calculate("100 * a / b", known) == {0: 25.0}
    assert calculate("100 * FILL(a, 0) / b", known) == {0: 25.0, 300: 0.0}
    assert calculate("FILL(none, 0) / b", known) == {}
    for wrong in ("a / c", "a ** b", "1", "__import__('os')"):
        with pytest.raises(Problem):
            calculate(wrong, known)


@pytest.mark.parametrize("widget", [w for w in METRIC_WIDGETS if "counted here" in w["properties"]["title"]],
                         ids=lambda widget: widget["properties"]["title"])  # fmt: skip
def test_a_rate_is_nought_where_mail_was_sent_and_nothing_was_ever_counted(widget):
    expressions = [metric[0]["expression"] for metric in widget["properties"]["metrics"] if isinstance(metric[0], dict)]
    assert len(expressions) == 2
    for text in expressions:
        (part,) = re.findall(r"FILL\((\w+), 0\)", text)
        (whole,) = re.findall(r" / (\w+)$", text)
        assert calculate(text, {part: {}, whole: {0: 40.0, 900: 50.0}}) == {0: 0.0, 900: 0.0}
        assert calculate(text, {part: {900: 5.0}, whole: {0: 40.0, 900: 50.0}}) == {0: 0.0, 900: 10.0}
        assert calculate(text, {part: {900: 5.0}, whole: {0: 40.0}}) == {0: 0.0}


def test_of_many_series_the_largest_are_drawn():
    known = [Series("N", "Send", {"Domain": f"d{n:02}"}, {0: [1.0], 300: [float(n)]}) for n in range(30)]
    known.append(Series("N", "Send", {"Domain": "late"}, {300: [50.0]}))
    search_all = """SEARCH('{N,Domain} MetricName="Send"', 'Sum', 300)"""
    assert len(search(search_all, known)) == 31

    def names(how):
        return [series.dimensions["Domain"] for series, _ in search(f"SORT({search_all}, {how})", known)]

    assert names("SUM, DESC, 3") == ["late", "d29", "d28"]
    assert names("MAX, ASC, 2") == ["d00", "d01"]
    assert names("AVG, DESC, 2") == ["late", "d29"]
    for wrong in (f"SORT({search_all}, SUM, DESC)", f"{search_all}, SUM, DESC, 3)", f"SORT({search_all})"):
        with pytest.raises(Problem):
            search(wrong, known)


def test_an_alarms_expression_at_one_moment():
    known = {"a": 9.0, "b": 4.0, "none": 0.0}
    for text, wanted in (
        ("a ^ 0.5", 3.0),
        ("2 * a ^ 0.5 / b", 1.5),
        ("IF(a > b, b, a)", 4.0),
        ("IF(none > 0, a / none, 0)", 0.0),
        ("a >= 9", 1.0),
        ("a / none", None),
        ("a + missing", None),
    ):
        assert value(text, known) == wanted, text


def test_labels_and_percentiles():
    series = Series("N", "T", {"Domain": "a.test"}, {0: [float(n) for n in range(1, 101)]})
    assert label("p95 ${PROP('Dim.Domain')}", series) == "p95 a.test"
    assert series.statistic("p95", 300) == {0: 95.0}
    assert series.statistic("p50", 300) == {0: 50.0}
