"""Folders of small pictures: exact pixels, one polarity for the whole set, errors that name the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mnist_ocr.data import DataError, load_dataset, load_mnist, read_part
from mnist_ocr.data.csv import list_tables
from mnist_ocr.data.folders import FAULTS_SHOWN, find_parts
from mnist_ocr.data.orientation import dark_on_light, turn_to_light_ink
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import read_digit

Pixels = npt.NDArray[np.uint8]


def drawn(seed: int, count: int = 10) -> Pixels:
    """Noise as ink in the middle, and background around it."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 4:24, 4:24] = np.random.default_rng(seed).integers(0, 256, (count, 20, 20))
    return images


TRAIN, TEST = drawn(1, 20), drawn(2)


def write_part(folder: Path, images: Pixels, ending: str = "png") -> Path:
    """One picture of each digit, or two, or three: number 13 is `3/13.png`."""
    for digit in range(10):
        (folder / str(digit)).mkdir(parents=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / str(number % 10) / f"{number:02}.{ending}")
    return folder


def by_digit(images: Pixels) -> Pixels:
    """The order in which `write_part`'s pictures are read."""
    return images[np.argsort(np.arange(len(images)) % 10, kind="stable")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_part(tmp_path / "digits" / "train", TRAIN)
    write_part(tmp_path / "digits" / "test", TEST)
    return tmp_path / "digits"


def test_train_and_test(folder: Path) -> None:
    digits = load_dataset(str(folder))
    assert digits.test is not None
    assert np.array_equal(digits.training.images, by_digit(TRAIN))
    assert np.array_equal(digits.test.images, by_digit(TEST))
    assert digits.training.labels.tolist() == [digit for digit in range(10) for _ in range(2)]
    assert digits.test.labels.tolist() == list(range(10))
    assert digits.source == (
        f"20 + 10 pictures from {folder} (folders train/0 … train/9, test/0 … test/9; light ink on dark)"
    )
    assert (digits.name, digits.notice) == ("digits", None)
    assert (digits.training.source, digits.test.source) == (str(folder / "train"), str(folder / "test"))


def test_other_names_of_the_two_parts(folder: Path) -> None:
    (folder / "train").rename(folder / "Training")
    (folder / "test").rename(folder / "TESTING")
    digits = load_dataset(str(folder))
    assert digits.test is not None
    assert (len(digits.training), len(digits.test)) == (20, 10)


def test_a_folder_with_the_digits_themselves_has_no_test_part(folder: Path) -> None:
    digits = load_dataset(str(folder / "train"))
    assert np.array_equal(digits.training.images, by_digit(TRAIN))
    assert digits.test is None
    assert digits.source == f"20 pictures from {folder / 'train'} (folders 0 … 9; light ink on dark)"
    assert np.array_equal(read_part(folder / "test").training.images, by_digit(TEST))
    with pytest.raises(DataError, match="expected a file or folder with one part, found two"):
        read_part(folder)


def test_a_training_part_alone(folder: Path) -> None:
    (folder / "test").rename(folder / "valid")
    digits = load_dataset(str(folder))
    assert digits.test is None
    assert digits.notice == f"{folder}: not used: valid"


def test_test_pictures_without_training_pictures_are_refused(folder: Path) -> None:
    (folder / "train").rename(folder / "learn")
    with pytest.raises(DataError, match="found test/0 … test/9, expected train/0 … beside it"):
        load_dataset(str(folder))


@pytest.mark.parametrize("ending", ["bmp", "gif", "png", "tif", "webp"])
def test_formats_that_lose_nothing(tmp_path: Path, ending: str) -> None:
    for digit in range(10):
        (tmp_path / str(digit)).mkdir()
        picture = Image.fromarray(TRAIN[digit])
        picture.save(
            tmp_path / str(digit) / f"a.{ending}", **({"lossless": True} if ending == "webp" else {})
        )
    assert np.array_equal(read_part(tmp_path).training.images, TRAIN[:10])


def test_jpeg(tmp_path: Path) -> None:
    smooth = np.zeros((10, 28, 28), np.uint8)
    smooth[:, 8:20, 8:20] = 200
    found = read_part(write_part(tmp_path / "digits", smooth, "jpg")).training.images
    assert np.abs(found.astype(int) - smooth).max() < 40


def test_colour_transparency_palette_and_depth(tmp_path: Path) -> None:
    """Grey values are exact in every mode; 16 bits are scaled to 8."""
    image = TRAIN[0].copy()
    image[5, 5] = 255
    grey = Image.fromarray(image)
    clear = Image.fromarray(np.dstack([np.full((28, 28, 3), 255, np.uint8), image]))
    versions = [
        grey,
        grey.convert("RGB"),
        grey.convert("RGBA"),
        grey.convert("LA"),
        grey.convert("P"),
        Image.fromarray(image.astype(np.uint16) * 257),
        clear,  # white ink that is more or less transparent, on nothing
        grey.convert("RGB"),
        grey.convert("RGB"),
        grey.convert("RGB"),
    ]
    for digit, version in enumerate(versions):
        (tmp_path / str(digit)).mkdir()
        version.save(tmp_path / str(digit) / "a.png")
    for number, found in enumerate(read_part(tmp_path).training.images):
        assert np.array_equal(found, image), number


def test_dark_ink_on_light_is_inverted_in_the_whole_set(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    write_part(folder / "train", 255 - TRAIN)
    write_part(folder / "test", 255 - TEST)
    digits = load_dataset(str(folder))
    assert digits.test is not None
    assert np.array_equal(digits.training.images, by_digit(TRAIN))
    assert np.array_equal(digits.test.images, by_digit(TEST))
    assert digits.source.endswith("test/0 … test/9; dark ink on light, inverted)")
    assert digits.notice == f"{folder}: dark ink on a light background, so all pictures were inverted"


def test_one_inverted_picture_does_not_change_the_others(tmp_path: Path) -> None:
    """Inverting each picture separately would hide errors in the data."""
    images = 255 - TRAIN
    images[13] = TRAIN[13]
    digits = load_dataset(str(write_part(tmp_path / "digits", images)))
    assert np.array_equal(digits.training.images, by_digit(255 - images))
    assert digits.notice is not None
    assert digits.notice.splitlines()[1] == (
        f"{tmp_path / 'digits'}: 1 of 20 pictures seem to be inverted compared with the others, "
        f"first {tmp_path / 'digits' / '3' / '13.png'}"
    )


def test_the_border_against_the_whole_by_hand() -> None:
    """Ground 200 with ink 100 is dark on light, ground 100 with ink 200 is not, one shade is neither."""
    images = np.full((3, 28, 28), 200, np.uint8)
    images[0, 10:18, 10:18] = 100
    images[1] = 100
    images[1, 10:18, 10:18] = 200
    assert dark_on_light(images).tolist() == [1, -1, 0]
    stroke_over_the_border = np.full((1, 28, 28), 255, np.uint8)
    stroke_over_the_border[0, :, 12:16] = 0  # 8 of 108 pixels of the border, 112 of all 784
    assert dark_on_light(stroke_over_the_border).tolist() == [1]
    # 2 of 108 pixels of the border and 15 of all 784 are dark: 1.85 % against 1.91 %. Corners count once.
    corners = np.full((1, 28, 28), 255, np.uint8)
    corners[0, [0, 27], 0] = 0
    corners[0, 14, 8:21] = 0
    assert dark_on_light(corners).tolist() == [1]


def test_where_there_is_no_majority_nothing_is_inverted() -> None:
    images = np.stack([TRAIN[0], 255 - TRAIN[0]])
    before = images.copy()
    inverted, odd = turn_to_light_ink(images)
    assert (inverted, odd) == (False, [1])
    assert np.array_equal(images, before)


@pytest.mark.parametrize("empty", [True, False])
def test_a_digit_without_training_pictures_is_an_error(folder: Path, empty: bool) -> None:
    for digit in "37":
        for path in (folder / "train" / digit).iterdir():
            path.unlink()
        if not empty:
            (folder / "train" / digit).rmdir()
    with pytest.raises(
        DataError, match=f"^{folder / 'train'}: no pictures of 3, 7: expected some in each of the subfolders"
    ):
        load_dataset(str(folder))


def test_a_digit_without_test_pictures_is_remarked_on(folder: Path) -> None:
    (folder / "test" / "3" / "03.png").unlink()
    assert load_dataset(str(folder)).notice == f"{folder / 'test'}: no pictures of 3"
    assert load_dataset(str(folder / "test")).notice == f"{folder / 'test'}: no pictures of 3"


def test_files_of_the_operating_system_are_ignored(folder: Path) -> None:
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini"):
        (folder / "train" / "3" / name).write_bytes(b"no picture")
        (folder / name).write_bytes(b"no picture")
    (folder / ".git").mkdir()
    digits = load_dataset(str(folder))
    assert (len(digits.training), digits.notice) == (20, None)


def cut(path: Path) -> None:
    Image.fromarray(TRAIN[0]).save(path)
    path.write_bytes(path.read_bytes()[:100])


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (cut, "is damaged or cut off"),
        (lambda path: path.write_bytes(b""), r"is empty \(0 bytes\)"),
        (lambda path: path.write_text("a note"), "is not a picture that can be read"),
    ],
)
def test_a_picture_that_cannot_be_used_is_named_and_left_out(
    folder: Path, spoil: Callable[[Path], object], complaint: str
) -> None:
    path = folder / "train" / "3" / "03.png"
    spoil(path)
    digits = load_dataset(str(folder))
    first, second = str(digits.notice).splitlines()
    assert first == f"{folder}: left out, because they cannot be read:"
    assert re.match(f"^  {re.escape(str(path))} {complaint}", second)
    assert np.array_equal(digits.training.images, np.delete(by_digit(TRAIN), 6, axis=0))
    assert digits.training.labels.tolist() == [
        0,
        0,
        1,
        1,
        2,
        2,
        3,
        *(d for d in range(4, 10) for _ in (0, 1)),
    ]
    assert digits.test is not None
    assert np.array_equal(digits.test.images, by_digit(TEST))


def test_only_the_first_unusable_pictures_are_named(folder: Path) -> None:
    for path in (folder / "train").glob("*/*.png"):
        path.write_bytes(b"")
    for path in (folder / "test").glob("[0-8]/*.png"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match="at least one image"):
        load_dataset(str(folder))
    (folder / "test" / "9" / "09.png").write_bytes(b"")
    with pytest.raises(DataError) as refusal:
        load_dataset(str(folder))
    lines = str(refusal.value).splitlines()
    assert lines[0] == f"{folder}: none of the pictures can be read:"
    assert len(lines) == 1 + FAULTS_SHOWN + 1
    assert all("is empty" in line for line in lines[1:-1])
    assert lines[-1] == "  and 10 more"


def photo(digit: Pixels, seed: int) -> Image.Image:
    """Dark ink somewhere on lighter paper."""
    generator = np.random.default_rng(seed)
    page = np.full((260, 200), 230, np.uint8)
    top, left = generator.integers(10, 90, 2)
    ink = np.asarray(Image.fromarray(digit).resize((100, 100)))
    page[top : top + 100, left : left + 100] -= (ink * 0.75).astype(np.uint8)
    return Image.fromarray(page)


def test_a_picture_of_two_digits_is_left_out(tmp_path: Path) -> None:
    images, _ = draw_digits(3, seed=11)
    for number, image in enumerate(images):
        (tmp_path / str(number)).mkdir()
        photo(image, number).save(tmp_path / str(number) / "one.png")
    pair = np.hstack([np.asarray(photo(image, number)) for number, image in enumerate(images[:2])])
    Image.fromarray(pair).save(tmp_path / "0" / "two.png")
    digits = load_dataset(str(tmp_path))
    assert len(digits.training) == 3
    assert f"{tmp_path / '0' / 'two.png'}: seems to hold 2 digits, expected one" in str(digits.notice)


def test_pictures_of_any_size_are_read_as_inference_reads_one(tmp_path: Path) -> None:
    images, labels = draw_digits(30, seed=4)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        (tmp_path / str(label)).mkdir(exist_ok=True)
        photo(image, number).save(tmp_path / str(label) / f"{number:02}.png")
    Image.new("L", (90, 70), 255).save(tmp_path / "4" / "blank.png")
    Image.fromarray(images[0]).save(tmp_path / str(labels[0]) / "small.png")
    digits = load_dataset(str(tmp_path))
    files = [path for path in sorted(tmp_path.glob("*/*.png")) if path.name != "blank.png"]
    assert np.array_equal(digits.training.images, [read_digit(path).pixels for path in files])
    assert digits.training.labels.tolist() == [int(path.parent.name) for path in files]
    assert digits.notice == (
        f"{tmp_path}: left out, because they cannot be read:\n"
        f"  {tmp_path / '4' / 'blank.png'}: no ink found in the picture: it looks blank"
    )
    assert digits.source == f"31 pictures from {tmp_path} (folders 0 … 9; each read as a photo is)"


def test_an_unreadable_folder_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)  # whoever runs the tests as root may look everywhere
    for read in (find_parts, list_tables):
        with pytest.raises(DataError, match=f"^{folder}: cannot be read: Permission denied"):
            read(folder)


def test_progress_is_shown_on_stderr_when_asked(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_dataset(str(folder), progress=False)
    assert capfd.readouterr() == ("", "")
    load_dataset(str(folder), progress=True)
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "30/30" in shown.err


def test_real_digits_come_back_as_they_were(tmp_path: Path, mnist_dir: Path) -> None:
    mnist = load_mnist(mnist_dir).training
    for digit in range(10):
        (tmp_path / str(digit)).mkdir()
    for number, (image, label) in enumerate(zip(mnist.images[:2000], mnist.labels[:2000], strict=True)):
        Image.fromarray(image).save(tmp_path / str(label) / f"{number:04}.png")
    digits = load_dataset(str(tmp_path), progress=False)
    order = np.argsort(mnist.labels[:2000], kind="stable")
    assert np.array_equal(digits.training.images, mnist.images[:2000][order])
    assert np.array_equal(digits.training.labels, mnist.labels[:2000][order])
    assert digits.notice is None
