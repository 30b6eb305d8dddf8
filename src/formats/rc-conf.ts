const ASSIGNMENT = /^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)=/;

/**
 * Sets variables in the text of an rc.conf: the last assignment of each is replaced where it stands, missing
 * ones are appended; everything else stays as it is. Values must already be valid inside double quotes
 * (see {@link quoteRcValue}); rc.conf is read by sh, so a file that it cannot parse stops the boot.
 */
export function setRcVariables(
  content: string,
  variables: readonly { name: string; value: string }[],
): string {
  const lines = content === '' ? [] : content.replace(/\n$/, '').split('\n');
  for (const { name, value } of variables) {
    const assignment = `${name}=${quoteRcValue(value)}`;
    const at = lines.findLastIndex((line) => ASSIGNMENT.exec(line)?.[2] === name);
    if (at === -1) lines.push(assignment);
    else lines[at] = keepComment(lines[at]!, assignment);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/**
 * Takes the lines away that do nothing but set these variables. A line that does more stays: what it says is then for
 * whoever wrote it.
 */
export function removeRcVariables(content: string, names: readonly string[]): string {
  const only =
    /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(?:"[^"\\$`]*"|'[^']*'|[^\s"'#;\\$`]*)\s*(?:#.*)?$/;
  return content
    .split('\n')
    .filter((line) => !names.includes(only.exec(line)?.[1] ?? ''))
    .join('\n');
}

/** Double-quotes a value for rc.conf; the four characters that sh still reads inside are escaped. */
export function quoteRcValue(value: string): string {
  if (/[\n\r\0]/.test(value)) throw new Error('an rc.conf value cannot hold a line break');
  return `"${value.replaceAll(/[\\"$`]/g, '\\$&')}"`;
}

/** A trailing comment after a plainly quoted value stays; anything more tangled is replaced whole. */
function keepComment(line: string, assignment: string): string {
  const comment = /^\s*[A-Za-z_][A-Za-z0-9_]*=(?:"[^"\\$`]*"|'[^']*'|[^\s"'#;\\$`]*)(\s+#.*)$/.exec(
    line,
  )?.[1];
  return `${assignment}${comment ?? ''}`;
}
