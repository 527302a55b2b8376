"""`registry map` recognises studies of cBioPortal, MAF and VCF, and asks what only the site knows."""

from pathlib import Path

from tests.proposals.site_files import lines_of
from tests.sources.calls_kit import call, feed_of, maf
from tests.sources.study_kit import study, zip_of_study
from tests.sources.test_maf import ANNOVAR
from tests.sources.test_study_folders import put
from tests.sources.test_vcf import record, vcf
from warehouse.proposals.sample_names import KNOWN, USUAL, WHOLE_NAME
from warehouse.proposals.site_proposal import propose


def test_a_studys_folder_or_zip(tmp_path: Path) -> None:
    """Files directly in the source's folder, in a folder of it, or a ZIP: the kind is all that needs saying."""
    site = tmp_path / "north"
    put(site / "cbio", study())
    put(site / "studies" / "2024-01-31", study())
    (site / "zipped").mkdir()
    zip_of_study(site / "zipped" / "own.zip", study())
    found = propose(site)
    said = lines_of(found)
    assert said["sources"] == {name: {"kind": "cbioportal"} for name in ("cbio", "studies", "zipped")}
    assert said["exports"]["genotypes"] == {"source": ["cbio", "studies", "zipped"], "mode": "snapshot"}
    assert [one.read_as for one in found.found] == ["cBioPortal study"] * 3
    assert found.unread == ()


def test_a_maf_and_a_vcf(tmp_path: Path) -> None:
    """Two kinds in one folder are two sources; what was tested, and whose a sample is, are questions."""
    site = tmp_path / "north"
    put(site / "lab", {"a.maf": maf(call()), "b.vcf": vcf(record())})
    found = propose(site)
    assert lines_of(found)["sources"] == {
        "lab_maf": {"kind": "maf", "folder": "lab", "files": ["a.maf"]},
        "lab_vcf": {"kind": "vcf", "folder": "lab", "files": ["b.vcf"]},
    }
    assert lines_of(found)["exports"]["genotypes"] == {"source": ["lab_maf", "lab_vcf"]}
    assert "No row is no wild type" in found.text
    assert found.n_questions == 4


def test_annovars_table_has_no_sample(tmp_path: Path) -> None:
    """Whose the rows are is asked."""
    put(tmp_path / "north" / "lab", {"p1.hg19_multianno.txt": ANNOVAR})
    found = propose(tmp_path / "north")
    assert lines_of(found)["sources"] == {"lab": {"kind": "maf"}}
    assert "No column says of which sample" in found.text


def test_other_tables_stay_tables(tmp_path: Path) -> None:
    """A canonical genotypes file with the columns gene and specimen_id is no MAF."""
    text = "patient_id,specimen_id,specimen_site,gene,result\nP1,S1,primary,KRAS,mutant\n"
    put(tmp_path / "north" / "genotypes", {"2024.csv": text})
    assert propose(tmp_path / "north").found[0].read_as.startswith("csv")


def test_patterns_of_known_samples(tmp_path: Path) -> None:
    """A pattern is proposed that keeps patients apart, and that site.toml may hold; barcodes of TCGA need none."""
    put(tmp_path / "a" / "lab", {"a.maf": maf(call(sample="P-0000001-T01-IM6"), call(sample="P-0000002-T01-IM6"))})
    assert 'patient_in_sample = "^P-[0-9]{7}"' in propose(tmp_path / "a").text
    for pattern in (*KNOWN, *USUAL, WHOLE_NAME):
        feed_of("maf", "", f"patient_in_sample = '{pattern}'")
    put(tmp_path / "b" / "lab", {"a.maf": maf(call(sample="TCGA-AB-0001-01A"), call(sample="TCGA-AB-0002-01A"))})
    assert "patient_in_sample" not in propose(tmp_path / "b").text


def test_a_maf_saved_as_csv(tmp_path: Path) -> None:
    """MAF's own names tell it, whatever parts its cells."""
    put(tmp_path / "north" / "lab", {"a.csv": maf(call(), above="").replace("\t", ",")})
    assert lines_of(propose(tmp_path / "north"))["sources"] == {"lab": {"kind": "maf"}}


def test_what_a_file_does_not_say_is_asked(tmp_path: Path) -> None:
    """The genome of positions, whose a VCF without a sample is, and the encoding as it is found."""
    put(tmp_path / "a" / "lab", {"a.vcf": vcf(record(), above=""), "b.vcf": vcf(above="")})
    found = propose(tmp_path / "a")
    assert "positions are of a genome that the file does not name" in found.text
    put(tmp_path / "d" / "lab", {"a.maf": maf(call(sample="__UNKNOWN__"), call(sample="__UNKNOWN__"))})
    assert "No column says of which sample" in propose(tmp_path / "d").text
    text = vcf(above="").replace("\tFORMAT\tS1", "")
    put(tmp_path / "b" / "lab", {"a.vcf": text})
    assert "No column says of which sample" in propose(tmp_path / "b").text
    (tmp_path / "c" / "lab").mkdir(parents=True)
    header = "Center\tHugo_Symbol\tHGVSp_Short\tTumor_Sample_Barcode\n"
    (tmp_path / "c" / "lab" / "a.maf").write_bytes((header + "Köln\tKRAS\tp.G12D\tS1\n" * 2).encode("cp1252"))
    assert lines_of(propose(tmp_path / "c"))["sources"] == {"lab": {"kind": "maf", "encoding": "cp1252"}}
