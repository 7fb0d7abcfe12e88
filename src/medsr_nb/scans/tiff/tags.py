"""What TIFF calls things: numbers of its tags, and of what they may say."""

UNCOMPRESSED, JPEG, DEFLATE, LZMA = 1, (6, 7), (8, 32946), 34925  # ways to compress
MINISWHITE, MINISBLACK, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6  # meanings of a pixel's numbers
# Among the extra samples: transparency, by which the colours are multiplied or not.
ASSOCIATED_ALPHA, ALPHA = 1, 2
INCH, CENTIMETRE = 2, 3  # units of resolution
ICC_PROFILE = 34675  # the tag
