"""Pictures as phones, cameras, scanners and programs write them: each maker's own kind of file, and its bombs."""

import struct
import zlib

import pillow_heif
from PIL import Image, PngImagePlugin

from tests.engine.photo_files import GREEN, NOISE, RED, WHITE, picture, saved

pillow_heif.register_heif_opener()

SIZE = (64, 48)
BLACK = (0, 0, 0)


def coloured(mode="RGB", colour=RED):
    return Image.new(mode, SIZE, colour)


def heic(image=None, brand=b"heic", **options):
    """A HEIC file whose first four letters of ``ftyp`` are ``brand``."""
    data = saved(image or coloured(), "HEIF", quality=90, **options)
    return data[:8] + brand + data[12:]


def turned(format):
    """A picture that is 64 wide, and says that it stands on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(coloured(), format, exif=exif.tobytes())


def several(format, *colours):
    first, *others = (Image.new("RGB", SIZE, colour) for colour in colours)
    return saved(first, format, save_all=True, append_images=others)


def windows_bmp(alpha, colour=RED):
    """A BMP as Windows' clipboard writes it: a V4 header with masks for four channels, and ``alpha`` in the last."""
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 108, *SIZE, 1, 32, 3, SIZE[0] * SIZE[1] * 4, 2835, 2835, 0, 0)
    pixels = bytes((*reversed(colour), alpha)) * (SIZE[0] * SIZE[1])
    body = header + masks + b"BGRs" + bytes(48) + pixels
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, 14 + 108) + body


def with_chunk(name, data, checksum=None):
    """A red PNG with one more chunk before its pixels."""
    png = picture()
    checksum = zlib.crc32(name + data) if checksum is None else checksum
    return png[:33] + struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum) + png[33:]


def with_texts(*, zip, count=1, length=3_000_000):
    texts = PngImagePlugin.PngInfo()
    for number in range(count):
        texts.add_text(f"text {number}", "a" * length, zip=zip)
    return picture(pnginfo=texts)


def strokes(mode, ink, hidden, share=0.25):
    """A bar of ``ink`` down the middle of a picture that is transparent elsewhere, over ``hidden`` colours."""
    image = Image.new(mode, SIZE, hidden)
    width = round(SIZE[0] * share)
    image.paste(ink, ((SIZE[0] - width) // 2, 0, (SIZE[0] + width) // 2, SIZE[1]))
    return image


def page(mode="RGBA"):
    """A white page with a dark line on it, transparent at its border."""
    image = Image.new(mode, SIZE, (*BLACK, 0))
    image.paste((*WHITE, 255), (4, 4, 60, 44))
    image.paste((*BLACK, 255), (10, 20, 20, 28))
    return image


def tiff(mode, colour, **options):
    return saved(Image.new(mode, SIZE, colour), "TIFF", **options)


def announced(data, wide, high):
    """A HEIC or AVIF file of 64 x 64 pixels whose header says another size."""
    return data.replace(struct.pack(">II", 64, 64), struct.pack(">II", wide, high))


def tiff_that_says(changed):
    """A TIFF written by hand, of one grey strip, with some of its tags changed."""
    tags = {256: 64, 257: 48, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 48, 279: 3072} | changed
    entries = b"".join(struct.pack("<HHII", number, 4, 1, level) for number, level in sorted(tags.items()))
    place = 8 + 3072
    return (
        struct.pack("<2sHI", b"II", 42, place)
        + b"\x80" * 3072
        + struct.pack("<H", len(tags))
        + entries
        + struct.pack("<I", place)  # the next page is this one again, without end
    )


SQUARE = Image.new("RGB", (64, 64), RED)
TILES = saved(Image.new("RGB", (200, 136), RED), "HEIF", quality=90, tile_size=64)

READ = {
    "heic": (heic(), SIZE, RED),
    "heic, another brand": (heic(brand=b"heix"), SIZE, RED),
    "heif, general brand": (heic(brand=b"mif1"), SIZE, RED),
    "heif, brand of a sequence": (heic(brand=b"msf1"), SIZE, RED),
    "heif, brand hevc": (heic(brand=b"hevc"), SIZE, RED),
    "heic in tiles": (TILES, (200, 136), RED),
    "heic on its side": (turned("HEIF"), (48, 64), RED),
    "heic with several pictures": (several("HEIF", RED, GREEN, GREEN), SIZE, RED),
    "heic, grey": (saved(coloured("L", 99), "HEIF", quality=90), SIZE, (99, 99, 99)),
    "heic, transparent": (saved(coloured("RGBA", (*RED, 0)), "HEIF", quality=90), SIZE, WHITE),
    "avif": (saved(coloured(), "AVIF", quality=90), SIZE, RED),
    "avif, general brand": (saved(coloured(), "AVIF", quality=90).replace(b"ftypavif", b"ftypmif1", 1), SIZE, RED),
    "avif on its side": (turned("AVIF"), (48, 64), RED),
    "avif, moving": (several("AVIF", RED, GREEN), SIZE, RED),
    "tiff": (tiff("RGB", RED), SIZE, RED),
    "tiff of several pages": (several("TIFF", RED, GREEN, GREEN), SIZE, RED),
    "tiff on its side": (turned("TIFF"), (48, 64), RED),
    "tiff, lzw": (tiff("RGB", RED, compression="tiff_lzw"), SIZE, RED),
    "tiff, deflate": (tiff("RGB", RED, compression="tiff_adobe_deflate"), SIZE, RED),
    "tiff, jpeg": (tiff("RGB", RED, compression="jpeg"), SIZE, RED),
    "tiff of a fax": (tiff("1", 0, compression="group4"), SIZE, BLACK),
    "tiff, big": (tiff("RGB", RED, big_tiff=True), SIZE, RED),
    "tiff, cmyk": (saved(coloured().convert("CMYK"), "TIFF"), SIZE, RED),
    "tiff, 16-bit grey": (tiff("I;16", 0x8080), SIZE, (128, 128, 128)),
    "tiff, 16-bit grey, the other byte order": (saved(coloured("I;16B", 0x8080), "TIFF"), SIZE, (128, 128, 128)),
    "tiff, 32-bit grey": (tiff("I", 0x8080), SIZE, (128, 128, 128)),
    "tiff, fractions": (tiff("F", 0.5), SIZE, (128, 128, 128)),
    "tiff, fractions up to 255": (tiff("F", 99.0), SIZE, (99, 99, 99)),
    "tiff, alpha": (tiff("RGBA", (*RED, 0)), SIZE, WHITE),
    "tiff whose pages have no end": (tiff_that_says({}), SIZE, (128, 128, 128)),
    "jpeg with a second picture": (several("MPO", RED, GREEN), SIZE, RED),
    "jpeg with a profile that is none": (saved(coloured(), "JPEG", icc_profile=b"no profile" * 9000), SIZE, RED),
    "png, moving": (several("PNG", RED, GREEN), SIZE, RED),
    "png with a long text": (with_texts(zip=False), SIZE, RED),
    "png with a long zipped text": (with_texts(zip=True), SIZE, RED),
    "png with many texts": (with_texts(zip=True, count=90, length=1_000_000), SIZE, RED),
    "png with a large profile": (picture(icc_profile=bytes(3_000_000)), SIZE, RED),
    "png with a profile that is none": (with_chunk(b"iCCP", b"name\0\0no zlib"), SIZE, RED),
    "png with a damaged text": (with_chunk(b"tEXt", b"a\0b", checksum=1), SIZE, RED),
    "png with damaged exif": (with_chunk(b"eXIf", b"MM\0*\0\0", checksum=1), SIZE, RED),
    "png with a text in a language": (with_chunk(b"iTXt", b"a\0\1\0en\0a\0no zlib"), SIZE, RED),
    "png on its side": (turned("PNG"), (48, 64), RED),
    "png, 16-bit grey, one level transparent": (picture("I;16", colour=0x8080, transparency=0x8080), SIZE, WHITE),
    "webp with a profile that is none": (saved(coloured(), "WEBP", lossless=True, icc_profile=b"none"), SIZE, RED),
    "bmp with an empty alpha channel": (windows_bmp(0), SIZE, RED),
    "bmp with a full alpha channel": (windows_bmp(255), SIZE, RED),
    "white strokes": (saved(strokes("RGBA", (*WHITE, 255), (*BLACK, 0)), "PNG"), SIZE, WHITE),
    "white strokes on hidden white": (saved(strokes("RGBA", (*WHITE, 255), (*WHITE, 0)), "PNG"), SIZE, WHITE),
    "dark strokes": (saved(strokes("RGBA", (*RED, 255), (*WHITE, 0)), "WEBP", lossless=True), SIZE, RED),
}
"""With the size and the colour in the middle of what is to come out."""

BACKGROUNDS = {
    "white ink": (strokes("RGBA", (*WHITE, 255), (*BLACK, 0)), 0),
    "yellow ink": (strokes("RGBA", (255, 240, 40, 255), (*WHITE, 0)), 0),
    "white ink, grey with alpha": (strokes("LA", (255, 255), (0, 0)), 0),
    "faint white ink": (strokes("RGBA", (*WHITE, 90), (*BLACK, 0)), 0),
    "white ink that fills the picture": (strokes("RGBA", (*WHITE, 255), (*BLACK, 0), share=0.7), 0),
    "black ink": (strokes("RGBA", (*BLACK, 255), (*WHITE, 0)), 255),
    "red ink": (strokes("RGBA", (*RED, 255), (*WHITE, 0)), 255),
    "a page": (page(), 255),
    "nothing": (coloured("RGBA", (*RED, 0)), 255),
}
"""And the grey that comes to lie behind it."""

NOT_READ = {
    "half a heic": (saved(NOISE.convert("RGB"), "HEIF")[:9000], "This HEIC/HEIF file is damaged, cut off, or of a"),
    "half an avif": (saved(NOISE.convert("RGB"), "AVIF")[:9000], "This AVIF file is damaged, cut off, or of a"),
    "half a tiff": (saved(NOISE, "TIFF")[:9000], "This TIFF file is damaged, cut off, or of a"),
    "tiff without numbers": (tiff("F", float("nan")), "of a variety that is not read here"),
    "heic of 40000 squared": (announced(heic(SQUARE), 40000, 40000), "40000 × 40000 pixels, 1600 million"),
    "heic of 5000 x 4000 that holds 64 x 64": (announced(heic(SQUARE), 5000, 4000), "This HEIC/HEIF file is damaged"),
    "heic of 8 x 8 that holds 64 x 64": (announced(heic(SQUARE), 8, 8), "This HEIC/HEIF file is damaged"),
    "tiles of 40000 x 30000": (
        TILES.replace(struct.pack(">II", 200, 136), struct.pack(">II", 40000, 30000)),
        "40000 × 30000 pixels, 1200 million",
    ),
    "avif of 40000 squared": (announced(saved(SQUARE, "AVIF"), 40000, 40000), "This AVIF file is damaged"),
    "tiff of 60000 wide": (tiff_that_says({256: 60000}), "60000 × 48 pixels"),
    "tiff of 5000 squared that holds 64 x 48": (tiff_that_says({256: 5000, 257: 5000}), "This TIFF file is damaged"),
    "tiff with a bad tag": (tiff_that_says({258: 77}), "This TIFF file is damaged"),
    "tiff whose strip is elsewhere": (tiff_that_says({273: 2**31}), "This TIFF file is damaged"),
    "jpeg 2000 without a box": (b"\xff\x4f\xff\x51" + bytes(64), "This is a JPEG 2000 picture, which is not read"),
    "jpeg xl": (b"\xff\x0a" + bytes(64), "This is a JPEG XL picture"),
    "camera raw": (b"\0\0\0\x18ftypcrx " + bytes(64), "This is a camera raw picture"),
    "video": (b"\0\0\0\x18ftypisom" + bytes(64), "This file is a video"),
    "video of an iphone": (b"\0\0\0\x14ftypqt  " + bytes(64), "This file is a video"),
}
