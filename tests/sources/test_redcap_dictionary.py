"""A REDCap data dictionary is read by its titles, and knows the columns of its project's export."""

import csv
import io

import pytest

from tests.sources.redcap_kit import PROJECTS, STUDY, TITLES, sample, sample_dictionary
from warehouse.sources.redcap_dictionary import Dictionary, choices_in, read_dictionary
from warehouse.storage.errors import RegistryError

OWN = "redcap_"
API = {
    "Variable / Field Name": "field_name",
    "Form Name": "form_name",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "select_choices_or_calculations",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Identifier?": "identifier",
}


@pytest.mark.parametrize("project", PROJECTS)
def test_the_columns_are_those_of_the_export(project: str) -> None:
    """The dictionary's columns are those that REDCap exported, in the same order, REDCap's own left out."""
    with open(sample(project) / "data.csv", encoding="utf-8", newline="") as file:
        header = [name for name in next(csv.reader(file)) if not name.startswith(OWN)]
    assert [column.name for column in sample_dictionary(project).columns] == header


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_are_found_by_title(delimiter: str) -> None:
    """The API's titles in another order, with another delimiter and a byte order mark, give the same dictionary."""
    rows = list(csv.DictReader(io.StringIO(STUDY)))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    titles = list(reversed(API))
    writer.writerow([API[title] for title in titles])
    writer.writerows([[row[title] for title in titles] for row in rows])
    assert read_dictionary("\ufeff" + out.getvalue()) == read_dictionary(STUDY)


def test_fields_have_form_type_label_and_identifier() -> None:
    """A field's form, type, label and whether it identifies are those of its row."""
    field = next(one for one in sample_dictionary("longitudinal").fields if one.name == "telephone_1")
    assert (field.form, field.kind, field.label, field.is_identifier, field.validation) == (
        "demographics",
        "text",
        "Phone number",
        True,
        "phone",
    )


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("f_radio", {"0": "Zero", "1": "One", "2": "Two"}),
        ("f_dropdown", {"0": "Zero", "1": "One", "2": "Two"}),
        ("f_checkbox", {"0": "Zero", "1": "One", "2": "Two"}),
        ("f_yes_no", {"1": "Yes", "0": "No"}),
        ("f_true_false", {"1": "True", "0": "False"}),
        ("f_slider", {}),
        ("f_calculated", {}),
        ("f_sql", {}),
        ("f_text", {}),
    ],
)
def test_choices_by_type(field: str, choices: dict[str, str]) -> None:
    """Types with choices have those of the dictionary or fixed ones; labels of sliders and formulas are no choices."""
    found = next(one for one in sample_dictionary("validation-types-1").fields if one.name == field)
    assert found.choices == choices


def test_a_label_may_contain_commas_and_html() -> None:
    """Only the first comma ends a code, and HTML is left out as REDCap does in exports; a sign < stays."""
    assert choices_in("1, Yes, both | -9, <b>not</b> known\n2, <5 mm") == {
        "1": "Yes, both",
        "-9": "not known",
        "2": "<5 mm",
    }


def test_checkboxes_have_a_column_for_each_choice() -> None:
    """The columns are named after field and code; they hold 1 or 0."""
    found = [column for column in _study().columns if column.name.startswith("drugs")]
    assert [(c.name, c.label, c.choices) for c in found] == [
        ("drugs___1", "Drugs (choice=FOLFOX)", {"1": "Checked", "0": "Unchecked"}),
        ("drugs___2", "Drugs (choice=FOLFIRI)", {"1": "Checked", "0": "Unchecked"}),
    ]


def test_a_checkbox_column_is_known_by_its_field() -> None:
    """Old versions wrote chk___ab for the code a_b: a column is its field's whatever follows the underscores."""
    found = _study().column("drugs___9x")
    assert found is not None and found.field is not None and found.field.name == "drugs"
    assert _study().column("sex___1") is None


@pytest.mark.parametrize("title", TITLES.replace('"Text Validation Type OR Show Slider Number",', "").split('",')[:3])
def test_a_lacking_title_is_refused(title: str) -> None:
    """A file without one of the columns is refused, and the column is named."""
    title = title.strip('"')
    with pytest.raises(RegistryError, match=f"lacks the column {title}"):
        read_dictionary(STUDY.replace(title, "Something"))


def test_a_dictionary_without_identifier_column_is_refused() -> None:
    """Without that column identifiers would be loaded, so the file is refused."""
    with pytest.raises(RegistryError, match="lacks the column Identifier"):
        read_dictionary(STUDY.replace("Identifier?", "Note"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "lacks the column"),
        (f"{TITLES}\n", "has no fields"),
        (f"{STUDY}sex,patient,radio,Sex,,,\n", "sex more than once"),
        (f"{STUDY},patient,radio,Sex,,,\n", "without field name"),
        (f'{TITLES}\n"a"b",patient,text,,,,\n', "cannot be read as CSV"),
    ],
)
def test_what_is_no_dictionary_is_refused(text: str, reason: str) -> None:
    """An empty file, one without fields, with a field twice, with a nameless field, or broken: each has its reason."""
    with pytest.raises(RegistryError, match=reason) as refusal:
        read_dictionary(text)
    assert refusal.value.cure.startswith("In REDCap")


def test_numbers_of_calculations_have_a_point() -> None:
    """In a project with a decimal comma, calculations have a point; fields with a comma are left to the site's word."""
    notation = {one.name: one.is_in_own_notation for one in sample_dictionary("decimal-comma").fields}
    assert notation == {"record_id": False, "name": False, "height": False, "weight": False, "bmi": True}


def _study() -> Dictionary:
    return read_dictionary(STUDY)
