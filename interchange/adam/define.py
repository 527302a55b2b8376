"""Writes define.xml: what each variable of the datasets is, where it comes from, and what its codes mean.

The form is Define-XML 2.1 (ODM 1.3.2). It claims no controlled terminology: the codes are the registry's, and CDISC's
where these are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from interchange.adam.dataset_json import METADATA
from interchange.adam.variables import STUDY, Dataset, Variable

ODM, DEF, XLINK = "http://www.cdisc.org/ns/odm/v1.3", "http://www.cdisc.org/ns/def/v2.1", "http://www.w3.org/1999/xlink"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
STANDARD = "STD.ADAMIG"


def write_define(datasets: Sequence[Dataset], path: Path, release_id: str, made: str, version: str) -> None:
    """Write the definitions of these datasets. `made` is the release's time, `version` that of the registry."""
    for prefix, uri in (("", ODM), ("def", DEF), ("xlink", XLINK)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(
        _odm("ODM"),
        {
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"{STUDY}.{release_id}",
            "CreationDateTime": made,
            "SourceSystem": "ablation-registry",
            "SourceSystemVersion": version,
            _def("Context"): "Other",
        },
    )
    study = ET.SubElement(root, _odm("Study"), {"OID": STUDY})
    about = ET.SubElement(study, _odm("GlobalVariables"))
    for name, text in (
        ("StudyName", STUDY),
        ("StudyDescription", f"Ablated colorectal liver metastases, release {release_id}"),
        ("ProtocolName", STUDY),
    ):
        ET.SubElement(about, _odm(name)).text = text
    version_of = {"OID": METADATA, "Name": f"{STUDY}, release {release_id}", _def("DefineVersion"): "2.1.0"}
    holder = ET.SubElement(study, _odm("MetaDataVersion"), version_of)
    standards = ET.SubElement(holder, _def("Standards"))
    standard = {"OID": STANDARD, "Name": "ADaMIG", "Type": "IG", "Version": "1.3", "Status": "Final"}
    ET.SubElement(standards, _def("Standard"), standard)
    for part in (_groups, _items, _code_lists, _methods):
        for element in part(datasets):
            holder.append(element)
    for one in datasets:
        leaf = ET.SubElement(
            holder, _def("leaf"), {"ID": f"LF.{one.name}", f"{{{XLINK}}}href": f"{one.name.lower()}.xpt"}
        )
        ET.SubElement(leaf, _def("title")).text = f"{one.name.lower()}.xpt"
    ET.indent(root)
    path.write_text(
        ET.tostring(root, encoding="unicode", xml_declaration=True).replace("utf-8", "UTF-8", 1) + "\n", "utf-8"
    )


def _groups(datasets: Sequence[Dataset]) -> Iterator[ET.Element]:
    for one in datasets:
        group = ET.Element(
            _odm("ItemGroupDef"),
            {
                "OID": f"IG.{one.name}",
                "Name": one.name,
                "SASDatasetName": one.name,
                "Repeating": "No" if one.key == ("USUBJID",) else "Yes",
                "IsReferenceData": "No",
                "Purpose": "Analysis",
                _def("StandardOID"): STANDARD,
                _def("Structure"): "One record per " + ", ".join(one.key),
                _def("ArchiveLocationID"): f"LF.{one.name}",
            },
        )
        _described(group, one.label)
        for number, variable in enumerate(one.variables, start=1):
            reference = {
                "ItemOID": _oid(one, variable),
                "OrderNumber": str(number),
                "Mandatory": "Yes" if variable.is_filled else "No",
            }
            if variable.name in one.key:
                reference["KeySequence"] = str(one.key.index(variable.name) + 1)
            if variable.derived:
                reference["MethodOID"] = f"MT.{one.name}.{variable.name}"
            ET.SubElement(group, _odm("ItemRef"), reference)
        ET.SubElement(group, _def("Class"), {"Name": one.structure})
        yield group


def _items(datasets: Sequence[Dataset]) -> Iterator[ET.Element]:
    for one, variable in _pairs(datasets):
        facts = {"OID": _oid(one, variable), "Name": variable.name, "SASFieldName": variable.name}
        item = ET.Element(_odm("ItemDef"), facts | {"DataType": variable.kind})
        if variable.kind == "text":
            item.set("Length", "200")
        elif variable.kind != "date":
            item.set("Length", "8")
        else:
            item.set(_def("DisplayFormat"), "DATE9.")
        _described(item, variable.label)
        if variable.codes:
            ET.SubElement(item, _odm("CodeListRef"), {"CodeListOID": f"CL.{one.name}.{variable.name}"})
        ET.SubElement(
            item, _def("Origin"), {"Type": "Derived" if variable.derived else "Assigned", "Source": "Sponsor"}
        )
        yield item


def _code_lists(datasets: Sequence[Dataset]) -> Iterator[ET.Element]:
    for one, variable in _pairs(datasets):
        if variable.codes:
            kind = "integer" if variable.kind == "integer" else "text"
            facts = {"OID": f"CL.{one.name}.{variable.name}", "Name": variable.label, "DataType": kind}
            found = ET.Element(_odm("CodeList"), facts)
            for code, meaning in variable.codes.items():
                item = ET.SubElement(found, _odm("CodeListItem"), {"CodedValue": code})
                _text(ET.SubElement(item, _odm("Decode")), meaning)
            yield found


def _methods(datasets: Sequence[Dataset]) -> Iterator[ET.Element]:
    for one, variable in _pairs(datasets):
        if variable.derived:
            facts = {
                "OID": f"MT.{one.name}.{variable.name}",
                "Name": f"{one.name}.{variable.name}",
                "Type": "Computation",
            }
            method = ET.Element(_odm("MethodDef"), facts)
            _described(method, f"From the registry's: {variable.derived}.")
            yield method


def _pairs(datasets: Sequence[Dataset]) -> Iterator[tuple[Dataset, Variable]]:
    for one in datasets:
        for variable in one.variables:
            yield one, variable


def _described(element: ET.Element, text: str) -> None:
    _text(ET.SubElement(element, _odm("Description")), text)


def _text(element: ET.Element, text: str) -> None:
    ET.SubElement(element, _odm("TranslatedText"), {LANG: "en"}).text = text


def _oid(dataset: Dataset, variable: Variable) -> str:
    return f"IT.{dataset.name}.{variable.name}"


def _odm(name: str) -> str:
    return f"{{{ODM}}}{name}"


def _def(name: str) -> str:
    return f"{{{DEF}}}{name}"
