"""Uploads of every make: pictures and what only says that it is one. With what is to become of each."""

import io
import pickle
import struct
import zipfile
import zlib

from PIL import Image, PngImagePlugin

from netcore.settings import MAX_PHOTO_BYTES

RED, GREEN, WHITE = (200, 30, 20), (20, 180, 40), (255, 255, 255)


def picture(mode="RGB", size=(64, 48), colour=RED, format="PNG", **options):
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, format, **options)
    return file.getvalue()


def png(width, height, bits, kind, rows):
    """A PNG written by hand, for headers that no library would write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def blank(side):
    return png(side, side, 1, 0, (b"\x00" + b"\xff" * ((side + 7) // 8)) * side)


def animated(format, frames=300):
    file = io.BytesIO()
    others = [Image.new("RGB", (16, 16), (index % 256, 255, index // 256)) for index in range(frames - 1)]
    Image.new("RGB", (16, 16), RED).save(file, format, save_all=True, append_images=others)
    return file.getvalue()


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    return file.getvalue()


def with_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(format="JPEG", exif=exif.tobytes())


def with_text_bomb():
    text = PngImagePlugin.PngInfo()
    text.add_text("bomb", "a" * 50_000_000, zip=True)
    return picture(pnginfo=text)


def with_transparent_red():
    palette = Image.new("P", (64, 48), 0)
    palette.putpalette([*RED, *GREEN])
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=0)
    return file.getvalue()


def with_broken_data_checksum():
    data = bytearray(picture())
    data[data.index(b"IDAT") + 8] ^= 0xFF
    return bytes(data)


NOISE = Image.effect_noise((256, 256), 80)


def saved(image, format, **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


REFUSED = {
    "nothing": (b"", "The file is empty"),
    "text": (b"hello, I am a picture", "This file is a text file, not a picture"),
    "zip": (zipped(), "This file is a ZIP archive"),
    "pickle": (pickle.dumps([1, 2, 3]), "This file is a Python pickle"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "This file is an SVG drawing"),
    "html": (b"<!DOCTYPE html><html></html>", "This file is a web page"),
    "noise": (bytes(range(256)) * 20, "This file is a file of an unknown kind"),
    "half a jpeg": (saved(NOISE, "JPEG")[:5000], "begins as a JPEG but is damaged or cut off"),
    "jpeg without its last two bytes": (picture(format="JPEG")[:-2], "begins as a JPEG but is damaged or cut off"),
    "half a png": (saved(NOISE, "PNG")[:9000], "begins as a PNG but is damaged or cut off"),
    "broken png data": (with_broken_data_checksum(), "begins as a PNG but is damaged"),
    "only a png signature": (b"\x89PNG\r\n\x1a\n", "begins as a PNG but is damaged"),
    "header of 90000 squared": (png(90000, 90000, 1, 0, b""), "90000 × 90000 pixels, 8100 million"),
    "18000 squared": (blank(18000), "18000 × 18000 pixels, 324 million"),
    "13300 squared": (blank(13300), "13300 × 13300 pixels, 177 million"),
    "one pixel": (picture(size=(1, 1)), "1 × 1 pixels, too small"),
    "1 x 10000": (picture(size=(1, 10000)), "1 × 10000 pixels, too small"),
    "10000 x 1": (picture(size=(10000, 1)), "10000 × 1 pixels, too small"),
    "1 x 65000": (picture(size=(1, 65000)), "1 × 65000 pixels, too small"),
    "8 x 161": (picture(size=(8, 161)), "8 × 161 pixels, too long and thin"),
    "heic that is none": (
        b"\x00\x00\x00\x18ftypheic" + bytes(64),
        "This HEIC/HEIF file is damaged, cut off, or of a variety that is not read here. Export it as JPEG",
    ),
    "avif that is none": (b"\x00\x00\x00\x18ftypavif" + bytes(64), "This AVIF file is damaged"),
    "jpeg 2000": (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(64), "This is a JPEG 2000 picture"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%touch /tmp/pwned) (w) file\n", "This file is a PostScript file"),
    "fits": (b"SIMPLE  =                    T" + bytes(2880), "This file is a FITS file"),
    "photoshop": (b"8BPS\x00\x01" + bytes(64), "This file is a Photoshop file"),
    "pcx": (picture(format="PCX"), "This file is a file of an unknown kind"),
    "dds": (picture(format="DDS"), "This file is a DDS texture"),
    "icon": (picture(size=(64, 64), format="ICNS"), "This file is an icon file"),
    "too many bytes": (bytes(MAX_PHOTO_BYTES + 1), "The file is 10.0 MB"),
}

ACCEPTED = {
    "rgb": (picture(), (64, 48), RED),
    "html in a jpeg": (picture(format="JPEG", comment=b"<html><script>alert(1)</script>"), (64, 48), RED),
    "png without its last two bytes": (picture()[:-2], (64, 48), RED),
    "bytes after the end": (picture() + zipped(), (64, 48), RED),
    "text bomb": (with_text_bomb(), (64, 48), RED),
    "grey": (picture("L", colour=99), (64, 48), (99, 99, 99)),
    "grey with alpha": (picture("LA", colour=(0, 0)), (64, 48), WHITE),
    "colour under full transparency": (picture("RGBA", colour=(*RED, 0)), (64, 48), WHITE),
    "palette with a transparent colour": (with_transparent_red(), (64, 48), WHITE),
    "black and white": (picture("1", colour=0), (64, 48), (0, 0, 0)),
    "cmyk": (saved(Image.new("RGB", (64, 48), RED).convert("CMYK"), "JPEG"), (64, 48), RED),
    "16-bit grey": (picture("I;16", colour=0x8080), (64, 48), (128, 128, 128)),
    "16-bit colour": (png(64, 48, 16, 2, (b"\x00" + b"\xc8\x00\x1e\x00\x14\x00" * 64) * 48), (64, 48), RED),
    "animated gif": (animated("GIF"), (16, 16), RED),
    "animated webp": (animated("WEBP", frames=20), (16, 16), RED),
    "upside down": (with_exif(3), (64, 48), RED),
    "on its side": (with_exif(6), (48, 64), RED),
    "on its other side": (with_exif(8), (48, 64), RED),
    "an orientation that does not exist": (with_exif(99), (64, 48), RED),
    "exif that is none": (picture(format="JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff"), (64, 48), RED),
    "as thin as may be": (picture(size=(8, 160)), (8, 160), RED),
    "progressive, 24 million pixels": (
        picture(size=(6000, 4000), format="JPEG", progressive=True),
        (1024, 683),
        RED,
    ),
}
