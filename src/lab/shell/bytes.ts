/**
 * Programs in a node exchange bytes, the model works on strings. UTF-8 maps to itself; a byte that is not
 * part of valid UTF-8 becomes the lone surrogate U+DC00 + byte and turns back into that byte.
 */
const SEQUENCE =
  // biome-ignore format: one alternative a line is easier to check against RFC 3629
  /[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** Bytes of a program as text; the inverse of {@link encodeBytes} for any input. */
export function decodeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  return buffer.toString('latin1').replace(SEQUENCE, (match) => {
    const first = match.charCodeAt(0);
    if (match.length === 1 && first >= 0x80) return String.fromCharCode(0xdc00 + first);
    return Buffer.from(match, 'latin1').toString('utf8');
  });
}

/** Text as the bytes a program sees. */
export function encodeBytes(text: string): Buffer {
  // With the u flag a surrogate pair is one character, so only lone ones match.
  const parts = text.split(/([\u{dc80}-\u{dcff}])/u);
  return Buffer.concat(
    parts.map((part, index) =>
      index % 2 === 1 ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, 'utf8'),
    ),
  );
}
