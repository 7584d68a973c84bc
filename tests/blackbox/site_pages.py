"""A small website: a page with pictures, styles and a script that says whether all of it has come."""

import struct
import zlib

PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>A site</title><link rel="stylesheet" href="style.css"></head>
<body><h1>Served from a bucket</h1>
{pictures}
<p id="said">waiting</p>
<script src="tell.js"></script></body></html>
"""
STYLE = "body { font-family: sans-serif; margin: 2em; background: #f4f1ea } img { width: 160px; height: 120px; margin: 4px }"
SCRIPT = """
addEventListener("load", () => {
  const pictures = [...document.images];
  const good = pictures.filter(one => one.complete && one.naturalWidth > 0).length;
  const styled = getComputedStyle(document.body).backgroundColor == "rgb(244, 241, 234)";
  document.getElementById("said").textContent = `pictures ${good} of ${pictures.length}, styled ${styled}`;
});
"""


def picture(red: int, green: int, blue: int, width: int = 320, height: int = 240) -> bytes:
    """A PNG with a gradient, made by hand so that no library is needed."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes(((red + x // 4) % 256, (green + y // 4) % 256, blue)) for x in range(width))
                    for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def files(pictures: int = 4) -> dict[str, tuple[str, bytes]]:
    """Key -> type and bytes."""
    names = [f"pictures/{number}.png" for number in range(pictures)]
    page = PAGE.format(pictures="\n".join(f'<img src="{name}" alt="">' for name in names))
    out = {"index.html": ("text/html; charset=utf-8", page.encode()), "style.css": ("text/css", STYLE.encode()),
           "tell.js": ("text/javascript", SCRIPT.encode()),
           "404.html": ("text/html; charset=utf-8", b"<!DOCTYPE html><title>Lost</title><h1>Nothing here</h1>"),
           "docs/index.html": ("text/html; charset=utf-8", b"<!DOCTYPE html><title>Docs</title><h1>Documents</h1>")}
    for number, name in enumerate(names):
        out[name] = ("image/png", picture(40 * number, 200 - 30 * number, 90))
    return out


def upload(s3, bucket: str, pictures: int = 4) -> dict[str, tuple[str, bytes]]:
    made = files(pictures)
    for key, (kind, body) in made.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=kind)
    return made
