"""The size of the picture in a sequence parameter set of H264 (ITU-T H.264, 7.3.2.1)."""

# Profiles with fields about colour before the rest.
HIGH = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244}
MOST_PIXELS_A_SIDE = 16_384
MOST_BITS = 32


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        """Return the next bits. Raises ValueError behind the end."""
        if count > self._left:
            raise ValueError("the parameter set ends too early")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def number(self) -> int:
        """Return an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > MOST_BITS:
                raise ValueError("no number is so long")
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        value = self.number()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def picture_size(unit: bytes) -> tuple[int, int] | None:
    """Return width and height in pixels; None for a unit that makes no sense."""
    if len(unit) < 4 or len(unit) > 1024:
        return None
    try:
        return _size(unit[1], _Bits(_unescaped(unit[4:])))
    except ValueError:
        return None


def _unescaped(data: bytes) -> bytes:
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


def _size(profile: int, bits: _Bits) -> tuple[int, int]:
    bits.number()
    chroma = _colour(bits) if profile in HIGH else 1
    bits.number()
    _order(bits)
    bits.number()
    bits.take(1)
    width, rows = 16 * (bits.number() + 1), 16 * (bits.number() + 1)
    frames_only = bits.take(1)
    if not frames_only:
        bits.take(1)
    bits.take(1)
    height = rows * (2 - frames_only)
    if bits.take(1):
        left, right, top, bottom = (bits.number() for _ in range(4))
        width -= (left + right) * (2 if chroma in {1, 2} else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1) * (2 - frames_only)
    if not (0 < width <= MOST_PIXELS_A_SIDE and 0 < height <= MOST_PIXELS_A_SIDE):
        raise ValueError("no picture is so large or so small")
    return width, height


def _colour(bits: _Bits) -> int:
    chroma = bits.number()
    if chroma == 3:
        bits.take(1)
    bits.number()
    bits.number()
    bits.take(1)
    if bits.take(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _scaling_list(bits: _Bits, length: int) -> None:
    last = following = 8
    for _ in range(length):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _order(bits: _Bits) -> None:
    """Pass over how pictures are counted."""
    kind = bits.number()
    if kind == 0:
        bits.number()
    elif kind == 1:
        bits.take(1)
        bits.number()
        bits.number()
        many = bits.number()
        if many > 255:
            raise ValueError("no cycle is so long")
        for _ in range(many):
            bits.number()
