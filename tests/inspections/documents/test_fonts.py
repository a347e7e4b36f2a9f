"""Which faces are chosen, and that they can print Vietnamese."""

import shutil
from pathlib import Path

import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from inspections.documents import fonts as font_choice
from inspections.documents.content import DocumentError
from inspections.documents.fonts import VIETNAMESE, Faces, Fonts

STYLES = ("Regular", "Bold", "Italic", "BoldItalic")


@pytest.fixture(scope="session")
def noto(font_cache: Path, packaged: Fonts) -> Faces:
    return font_choice.choose(None, font_cache, ())


def write_family(folder: Path, faces: Faces, *, family: str, prefix: str) -> None:
    """Write faces under another family's name, as the fonts of a system."""
    folder.mkdir(parents=True)
    for style, source in zip(STYLES, faces.files(), strict=True):
        with TTFont(source) as font:
            font["name"].setName(family, 1, 3, 1, 0x409)
            font.save(folder / f"{prefix}-{style}.ttf")


def without(source: Path, target: Path, letters: str) -> None:
    """Copy a font, dropping the glyphs of some letters."""
    with TTFont(source) as font:
        options = Options(drop_tables=[], layout_features=[], name_IDs=["*"])
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=set(font.getBestCmap()) - set(map(ord, letters)))
        subsetter.subset(font)
        font.save(target)


def test_vietnamese_has_134_letters_with_a_mark_or_stroke_besides_the_plain_ones() -> None:
    assert len(set(VIETNAMESE) - set("aeiouyAEIOUY")) == 134


def test_the_chosen_faces_have_every_vietnamese_letter(fonts: Fonts) -> None:
    assert set(VIETNAMESE) <= fonts.characters


def test_the_packaged_faces_are_taken_when_the_system_has_none(packaged: Fonts) -> None:
    assert packaged.family == "Noto Serif"


def test_a_packaged_face_is_cut_again_to_equal_bytes(
    noto: Faces, font_cache: Path, tmp_path: Path
) -> None:
    shutil.copytree(font_cache, tmp_path, dirs_exist_ok=True)
    lost = tmp_path / noto.bold.relative_to(font_cache)
    lost.unlink()
    assert font_choice.choose(None, tmp_path, ()).bold == lost
    assert lost.read_bytes() == noto.bold.read_bytes()
    assert len(list(lost.parent.iterdir())) == 4


def test_the_packaged_faces_differ_in_the_names_by_which_a_pdf_tells_them_apart(
    noto: Faces,
) -> None:
    names = set()
    for file in noto.files():
        with TTFont(file) as font:
            names.add(font["name"].getDebugName(6))
    assert len(names) == 4


def test_a_family_of_the_system_is_found_by_the_styles_written_in_its_files(
    noto: Faces, tmp_path: Path
) -> None:
    write_family(tmp_path / "fonts" / "a", noto, family="Tinos", prefix="tinos")
    found = font_choice.choose(None, tmp_path / "cache", (tmp_path / "fonts",))
    assert found.family == "Tinos"
    assert [file.stem for file in found.files()] == [f"tinos-{style}" for style in STYLES]
    assert not (tmp_path / "cache").exists()


def test_times_new_roman_goes_before_its_substitutes(noto: Faces, tmp_path: Path) -> None:
    write_family(tmp_path / "a", noto, family="Liberation Serif", prefix="LiberationSerif")
    write_family(tmp_path / "b", noto, family="Tinos", prefix="Tinos")
    write_family(tmp_path / "c", noto, family="Times New Roman", prefix="times")
    assert font_choice.choose(None, tmp_path, (tmp_path,)).family == "Times New Roman"


@pytest.mark.parametrize("style", STYLES)
def test_a_family_that_lacks_a_letter_in_one_style_is_passed_over(
    style: str, noto: Faces, font_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fonts"
    write_family(folder, noto, family="Liberation Serif", prefix="LiberationSerif")
    face = folder / f"LiberationSerif-{style}.ttf"
    without(face, face, "ợ")
    assert font_choice.choose(None, font_cache, (folder,)) == noto


def test_a_family_that_lacks_a_style_is_passed_over(
    noto: Faces, font_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fonts"
    write_family(folder, noto, family="Tinos", prefix="Tinos")
    (folder / "Tinos-BoldItalic.ttf").unlink()
    assert font_choice.choose(None, font_cache, (folder,)) == noto


def test_a_letter_that_draws_nothing_does_not_count(
    noto: Faces, font_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fonts"
    write_family(folder, noto, family="Tinos", prefix="Tinos")
    with TTFont(folder / "Tinos-Regular.ttf") as font:
        for table in font["cmap"].tables:
            if 0x1EA1 in table.cmap:
                table.cmap[0x1EA1] = table.cmap[0x20]
        font.save(folder / "Tinos-Regular.ttf")
    assert font_choice.choose(None, font_cache, (folder,)) == noto


def test_broken_files_among_the_fonts_are_passed_over(
    noto: Faces, font_cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "fonts"
    folder.mkdir()
    (folder / "times.ttf").write_bytes(b"")
    (folder / "Tinos.ttf").write_bytes(b"\x00\x01\x00\x00" + b"\xff" * 100)
    assert font_choice.choose(None, font_cache, (folder,)) == noto


def test_the_folder_of_the_settings_goes_before_everything(noto: Faces, tmp_path: Path) -> None:
    write_family(tmp_path / "system", noto, family="Times New Roman", prefix="times")
    write_family(tmp_path / "own", noto, family="Tỉnh nhà", prefix="own")
    found = font_choice.choose(tmp_path / "own", tmp_path, (tmp_path / "system",))
    assert found.family == "Tỉnh nhà"


def test_a_folder_of_the_settings_that_cannot_serve_is_an_error(
    noto: Faces, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shutil.copy(noto.regular, own)
    with pytest.raises(DocumentError) as caught:
        font_choice.load(own, tmp_path, ())
    assert caught.value.code == "font_incomplete"
    assert caught.value.params == {"folder": str(own)}


def test_fonts_are_registered_once(font_cache: Path, packaged: Fonts) -> None:
    assert font_choice.load(None, font_cache, ()) is packaged
