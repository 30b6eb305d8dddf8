import xterm from '@xterm/headless';

/** What a terminal of 80 by 24 shows after these bytes: whole lines, without the spaces at their ends. */
export async function screenAfter(bytes: string): Promise<string> {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: 24 }, (_, row) =>
    (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
  );
  terminal.dispose();
  return `${lines.join('\n').trimEnd()}\n`;
}
