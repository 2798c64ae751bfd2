import numpy as np
import pytest
from PIL import ImageFilter

import photos
from lantern.imaging.sharpness import sharpness


def test_a_blurred_picture_is_less_sharp_the_more_it_is_blurred() -> None:
    picture = photos.picture()
    blurred = [
        sharpness(np.asarray(picture.filter(ImageFilter.GaussianBlur(r)))) for r in (0, 1, 2, 4)
    ]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[-1] > 0


def test_an_even_picture_has_no_sharpness() -> None:
    assert sharpness(np.full((30, 40, 3), 200, np.uint8)) == pytest.approx(0, abs=1e-6)


def test_one_bright_pixel_is_as_sharp_as_reckoned_by_hand() -> None:
    picture = np.zeros((5, 5, 3), np.uint8)
    picture[2, 2] = 255
    laplacian = np.array([0, 1, 0, 1, -4, 1, 0, 1, 0]) * 255.0
    assert sharpness(picture) == pytest.approx(laplacian.var(), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 9, 3), (9, 2, 3)])
def test_a_picture_without_an_inside_has_none(shape: tuple[int, ...]) -> None:
    assert sharpness(np.zeros(shape, np.uint8)) == 0
