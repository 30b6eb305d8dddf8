/** Front of a provider with HAST metadata, as `od -An -v -tx1` prints it; layout from hastd's nv list. */
export function hastHeadBytes(resource: string): Buffer {
  const bytes = Buffer.alloc(4096);
  bytes[0] = 0x11;
  bytes[1] = 0x09;
  bytes.write('resource', 6, 'latin1');
  bytes.write(resource, 22, 'latin1');
  return bytes;
}

export function hastHead(resource: string): string {
  const hex = [...hastHeadBytes(resource).subarray(0, 277)].map((byte) => byte.toString(16).padStart(2, '0'));
  const lines: string[] = [];
  for (let at = 0; at < hex.length; at += 16) lines.push(` ${hex.slice(at, at + 16).join(' ')}`);
  return `${lines.join('\n')}\n`;
}
