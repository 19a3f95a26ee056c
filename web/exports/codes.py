"""QR codes, as drawings for pages and paper."""

import zxingcpp


def qr(text: str) -> str:
    """The QR of a text as an SVG, a module to a unit, with the quiet zone readers need around it."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: str = zxingcpp.write_barcode_to_svg(made)
    return drawn[drawn.index("<svg") :]
