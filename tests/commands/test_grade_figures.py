"""The figures of a grade, each worked out by hand."""

import pytest

from services.commands.grading.figures import (
    LEAST_IN_A_GROUP,
    alert_figures,
    by_month,
    by_store,
    causes,
    forecast_figures,
    reliability,
)
from tests.commands.judged_journeys import NOON, judged, raised


def test_the_auc_is_the_share_of_pairs_in_which_the_dissatisfied_customer_had_the_higher_risk():
    journeys = [judged(0.9, bad=True), judged(0.8), judged(0.4, bad=True), judged(0.2), judged(0.4)]

    # Of the six pairs: .9 wins against .8, .2 and .4; .4 loses against .8, wins against .2 and draws with .4.
    assert forecast_figures(journeys).auc == pytest.approx((3 + 0 + 1 + 0.5) / 6)


def test_average_precision_is_the_mean_precision_at_each_dissatisfied_customer():
    journeys = [judged(0.9, bad=True), judged(0.8), judged(0.4, bad=True), judged(0.2)]

    # Down to .9: 1 of 1; down to .4: 2 of 3.
    assert forecast_figures(journeys).average_precision == pytest.approx((1 + 2 / 3) / 2)


def test_the_brier_score_is_the_mean_squared_error_and_the_skill_compares_it_with_the_base_rate():
    journeys = [judged(0.9, bad=True), judged(0.2), judged(0.4), judged(0.1)]

    figures = forecast_figures(journeys)

    # (.01 + .04 + .16 + .01) / 4 = .055; one of four: .25 * .75 = .1875
    assert figures.brier == pytest.approx(0.055)
    assert figures.brier_of_base_rate == pytest.approx(0.1875)
    assert figures.skill == pytest.approx(1 - 0.055 / 0.1875)


def test_the_calibration_error_is_the_mean_gap_over_ten_bins():
    # Twenty journeys, two to a bin: risks .00 .05 | .10 .15 | ... | .90 .95; in the last four all end dissatisfied.
    journeys = [judged(number / 20, bad=number >= 12) for number in range(20)]

    figures = forecast_figures(journeys)

    # The mean risks of the bins are .025, .125, ... .925; below .6 nobody, above everybody is dissatisfied.
    gaps = [0.025, 0.125, 0.225, 0.325, 0.425, 0.525, 1 - 0.625, 1 - 0.725, 1 - 0.825, 1 - 0.925]
    assert [each.journeys for each in figures.reliability] == [2] * 10
    assert [each.forecast for each in figures.reliability] == pytest.approx([0.025 + 0.1 * each for each in range(10)])
    assert [each.observed for each in figures.reliability] == [0] * 6 + [1] * 4
    assert figures.calibration_error == pytest.approx(sum(gaps) / 10)
    # Murphy: reliability is the mean squared gap; resolution, how far the bins are from the base rate of 8 in 20.
    assert figures.calibration == pytest.approx(sum(gap**2 for gap in gaps) / 10)
    assert figures.resolution == pytest.approx((6 * 0.4**2 + 4 * 0.6**2) / 10)


def test_a_journey_counts_as_many_times_as_it_weighs():
    weighed = [judged(0.9, bad=True, weight=2), judged(0.6, weight=3), judged(0.3, bad=True), judged(0.1, weight=4)]
    written_out = [each._replace(weight=1) for each in weighed for _ in range(int(each.weight))]

    one, other = forecast_figures(weighed), forecast_figures(written_out)

    for figure in ("auc", "average_precision", "brier", "skill", "calibration_error", "calibration", "resolution"):
        assert getattr(one, figure) == pytest.approx(getattr(other, figure)), figure
    assert [each.weight for each in one.reliability] == pytest.approx([0.4, 0.1, 0.3, 0.2])


def test_journeys_of_the_same_risk_are_in_the_same_bin_whatever_their_order():
    journeys = [judged(0.1, bad=number % 3 == 0) for number in range(50)] + [judged(0.7, bad=True) for _ in range(7)]

    bins = reliability(journeys)
    backwards = reliability(journeys[::-1])

    assert [each.journeys for each in bins] == [50, 7]
    assert backwards == bins


def test_a_bin_is_chosen_by_the_middle_of_the_journeys_of_one_risk():
    # Their middles are at 2.5, 12.5 and 60 of 100: in the first, the second and the seventh bin.
    journeys = [judged(risk) for risk, number in ((0.1, 5), (0.2, 15), (0.3, 80)) for _ in range(number)]

    assert [each.journeys for each in reliability(journeys)] == [5, 15, 80]


def test_customers_who_all_agree_have_no_auc():
    satisfied, dissatisfied = [judged(0.1), judged(0.2)], [judged(0.1, bad=True), judged(0.2, bad=True)]

    assert (forecast_figures(satisfied).auc, forecast_figures(satisfied).average_precision) == (None, None)
    assert forecast_figures(satisfied).skill is None
    assert (forecast_figures(dissatisfied).auc, forecast_figures(dissatisfied).average_precision) == (None, 1.0)


def test_precision_is_of_those_alerted_and_recall_of_those_dissatisfied():
    journeys = [
        judged(bad=True, alerts=[raised(30)]),
        judged(bad=True, alerts=[raised(50), raised(20)]),
        judged(alerts=[raised(30)]),
        judged(bad=True),
        *[judged() for _ in range(6)],
    ]

    alerts = alert_figures(journeys, 0.25)

    assert (alerts.alerts, alerts.alerted, alerts.found, alerts.false_alarms) == (4, 3, 2, 1)
    assert alerts.share_alerted == pytest.approx(3 / 10)
    assert alerts.precision == pytest.approx(2 / 3)
    assert alerts.recall == pytest.approx(2 / 3)
    assert alerts.false_alarm_rate == pytest.approx(1 / 7)
    assert alerts.threshold == 0.25


def test_an_alert_after_the_verdict_has_found_nobody():
    alerts = alert_figures([judged(bad=True, alerts=[raised(-10)]), judged(bad=True, alerts=[raised(0)])], 0.25)

    assert (alerts.alerts, alerts.alerted, alerts.recall, alerts.after_the_verdict) == (0, 0, 0.0, 2)
    assert (alerts.precision, alerts.lead_to_due, alerts.lead_to_verdict, alerts.in_time) == (None, None, None, None)


def test_the_lead_time_is_that_of_the_first_alert_of_those_found():
    # Alerted 60, 80, 100 and 120 min before the verdict, each about something due 40 min before it.
    found = [judged(bad=True, alerts=[raised(each, too_late=40), raised(5)]) for each in (120, 60, 100, 80)]
    # Too late already; and a false alarm, whose lead time is nobody's gain.
    gone_wrong = [
        judged(bad=True, alerts=[raised(30, too_late=40)]),
        judged(bad=True, alerts=[raised(30)]),
        judged(alerts=[raised(600, too_late=1)]),
    ]

    alerts = alert_figures([*found, *gone_wrong], 0.25)

    assert alerts.lead_to_due is not None
    assert alerts.lead_to_verdict is not None
    assert alerts.in_time == pytest.approx(4 / 6)
    # Until too late: 20, 40, 60, 80 min.
    due = alerts.lead_to_due
    assert (due.journeys, due.lower / 60, due.median / 60, due.upper / 60) == (4, 20, 40, 60)
    # Until the verdict: 30, 30, 60, 80, 100, 120 min.
    verdict = alerts.lead_to_verdict
    assert (verdict.journeys, verdict.lower / 60, verdict.median / 60, verdict.upper / 60) == (6, 30, 60, 100)


def test_quartiles_count_a_journey_as_many_times_as_it_weighs():
    heavy = judged(bad=True, weight=9, alerts=[raised(10, too_late=0)])
    light = [judged(bad=True, alerts=[raised(each, too_late=0)]) for each in (20, 30)]

    lead = alert_figures([*light, heavy], 0.25).lead_to_due

    assert lead is not None
    assert (lead.lower, lead.median, lead.upper) == (600, 600, 600)


def test_first_alerts_are_told_apart_by_their_reason():
    journeys = [
        judged(bad=True, alerts=[raised(30, reason="slipping"), raised(20, reason="broken")]),
        judged(alerts=[raised(30, reason="slipping")]),
        judged(bad=True, alerts=[raised(30, reason="broken")]),
    ]

    assert [(each.reason, each.alerted, each.found, each.precision) for each in causes(journeys)] == [
        ("slipping", 2, 1, 0.5), ("broken", 1, 1, 1.0),
    ]  # fmt: skip


def test_no_group_under_five_is_shown():
    journeys = [judged(store="small") for _ in range(LEAST_IN_A_GROUP - 1)]
    journeys += [judged(0.2 * number, bad=number == 4, store="large", alerts=[raised(9)]) for number in range(5)]

    stores = by_store(journeys)

    (large,) = stores.shown
    assert LEAST_IN_A_GROUP == 5
    assert (large.name, large.journeys, large.dissatisfied, large.base_rate) == ("large", 5, 1, 0.2)
    assert (large.auc, large.alerted, large.precision, large.recall) == (1.0, 5, pytest.approx(0.2), 1.0)
    assert large.mean_risk == pytest.approx(0.4)
    assert (stores.left_out, stores.journeys_left_out) == (1, 4)


def test_the_largest_store_comes_first_and_months_in_order():
    journeys = [judged(store="five", began_at=NOON) for _ in range(5)]
    journeys += [judged(store="six", began_at=NOON.replace(year=2025, month=12)) for _ in range(6)]

    assert [each.name for each in by_store(journeys).shown] == ["six", "five"]
    assert [(each.name, each.journeys) for each in by_month(journeys).shown] == [("2025-12", 6), ("2026-03", 5)]
