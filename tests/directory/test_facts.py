"""The facts the engine gets: as of a day, from the best figure, absent when nobody recorded them."""

from datetime import date
from fractions import Fraction

import pytest

from quintet.directory.models import Carrier, YearlyFact
from quintet.directory.queries import carrier_facts, enterprise_facts, fact_sources
from tests.directory.city import figure, organisation, person, recognition

pytestmark = pytest.mark.django_db
MID_2020 = date(2020, 6, 30)


def facts(of, on=MID_2020, **more):
    (found,) = enterprise_facts(on, [of.pk], **more)
    return found


def test_what_nobody_recorded_is_absent_and_not_zero():
    bare = facts(organisation())
    assert "staff" not in bare
    assert "resident" not in bare
    assert bare["high_tech_recognised"] is False


def test_the_latest_complete_year_is_the_year_before():
    of = organisation()
    for year, staff in ((2018, 10), (2019, 20), (2020, 30)):
        figure(of, year, "staff", staff)
    assert facts(of, date(2020, 1, 1))["staff"] == 20
    assert facts(of, date(2020, 12, 30))["staff"] == 20


def test_on_31_december_the_year_itself_counts_when_its_revenue_is_recorded():
    of = organisation()
    figure(of, 2019, "staff", 20)
    figure(of, 2020, "staff", 30)
    assert facts(of, date(2020, 12, 31))["staff"] == 20
    figure(of, 2020, "revenue", 100)
    assert facts(of, date(2020, 12, 31))["staff"] == 30


def test_final_counts_before_preliminary_before_declared():
    of, standing = organisation(), YearlyFact.Standing
    figure(of, 2019, "staff", 1, standing.DECLARED)
    assert facts(of)["staff"] == 1
    assert "staff" not in facts(of, declared=False)
    figure(of, 2019, "staff", 3, standing.FINAL)
    figure(of, 2019, "staff", 2, standing.PRELIMINARY)
    assert facts(of)["staff"] == 3


def test_a_three_year_sum_needs_all_three_years():
    of = organisation()
    figure(of, 2019, "revenue", 300)
    figure(of, 2017, "revenue", 100)
    assert "revenue_3y" not in facts(of)
    figure(of, 2018, "revenue", 200)
    assert facts(of)["revenue_3y"] == 600


def test_scores_keep_their_hundredths_and_yes_no_figures_are_booleans():
    of = organisation()
    figure(of, 2019, "innovation_score", 7050)
    figure(of, 2019, "core_ip", 1)
    found = facts(of)
    assert found["innovation_score"] == Fraction(141, 2)
    assert found["core_ip"] is True


def test_a_certificate_counts_from_its_first_to_its_last_day():
    of = organisation()
    recognition(of, "high_tech_enterprise", date(2017, 11, 1), date(2020, 10, 31))
    assert "high_tech_recognised_on" not in facts(of, date(2017, 10, 31))
    assert facts(of, date(2017, 11, 1))["high_tech_recognised"] is True
    assert facts(of, date(2020, 10, 31))["high_tech_recognised"] is True
    assert facts(of, date(2020, 11, 1))["high_tech_recognised"] is False


def test_a_second_certificate_is_not_the_first():
    of = organisation()
    recognition(of, "high_tech_enterprise", date(2014, 11, 1), date(2017, 10, 31))
    assert facts(of)["high_tech_earlier"] is False
    recognition(of, "high_tech_enterprise", date(2020, 3, 1), date(2023, 2, 28))
    found = facts(of)
    assert found["high_tech_earlier"] is True
    assert found["high_tech_recognised_on"] == date(2020, 3, 1)


def test_an_incident_of_this_or_the_previous_year_counts():
    of = organisation()
    figure(of, 2019, "major_incident", 0)
    assert facts(of)["major_incident"] is False
    figure(of, 2020, "major_incident", 1)
    assert facts(of)["major_incident"] is True
    assert facts(of, date(2022, 6, 30)).get("major_incident") is None


def test_titles_of_the_register_answer_for_awards_standards_and_institutions():
    of = organisation()
    recognition(of, "science_award", date(2016, 1, 8))
    recognition(of, "led_standard", date(2014, 1, 8))
    Carrier.objects.create(
        organisation=of, name="中心", kind="enterprise_technology_center", level="provincial", recognised_on=date(2018, 1, 1)
    )
    found = facts(of)
    assert found["national_award_5y"] is True
    assert "led_standard_5y" not in found
    assert found["provincial_rd_institution"] is True


def test_only_enterprises_are_resident_enterprises_and_departments_receive_nothing():
    assert facts(organisation(kind="university", resident=True))["resident"] is False
    assert enterprise_facts(MID_2020, [organisation(kind="department").pk]) == []


def test_carriers_recognised_later_are_not_there_yet():
    of = organisation()
    Carrier.objects.create(organisation=of, name="空间", kind="maker_space", level="national", recognised_on=date(2020, 7, 1))
    assert carrier_facts(MID_2020) == []
    (carrier,) = carrier_facts(date(2020, 7, 1))
    assert (carrier["enterprise"], carrier["kind"]) == (of.pk, "maker_space")
    assert "expires_on" not in carrier


def test_every_fact_has_its_source_and_the_same_value():
    of = organisation(registered_on=date(2012, 1, 1), resident=True)
    for year in (2017, 2018, 2019):
        figure(of, year, "revenue", 1_000_00)
    recognition(of, "technology_sme", date(2020, 3, 1), date(2021, 3, 31))
    sources = fact_sources("enterprise", of.pk, MID_2020)
    assert {fact: source.value for fact, source in sources.items()} == facts(of)
    assert sources["revenue_3y"].unit == "yuan"
    assert sources["revenue_3y"].period == "2017—2019 年"
    assert "统计年报" in sources["revenue"].source
    assert "截至 2020年6月30日" in {source.period for source in sources.values()}


def test_the_number_of_queries_does_not_grow(django_assert_num_queries):
    for _n in range(3):
        figure(organisation(), 2019, "staff", 5)
    with django_assert_num_queries(6):
        enterprise_facts(MID_2020)
    for _n in range(20):
        recognition(organisation(), "technology_sme", date(2020, 1, 1))
    with django_assert_num_queries(6):
        assert len(enterprise_facts(MID_2020)) == 23


def test_personal_data_is_not_readable_in_the_database():
    from django.db import connection

    person()
    with connection.cursor() as cursor:
        cursor.execute("select identity_number, phone from directory_person")
        row = cursor.fetchone()
        cursor.execute("select identity_number, phone from directory_historicalperson")
        assert cursor.fetchall() == [] or "11010519491231002X" not in str(row)
    assert "11010519491231002X" not in row
    assert "13800001234" not in row
