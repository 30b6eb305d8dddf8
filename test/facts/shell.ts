import { execa } from 'execa';

/** What `sh -n` and shellcheck say of a script; empty when it is clean. */
export async function lint(script: string): Promise<string> {
  const syntax = await execa('sh', ['-n'], { input: script, reject: false, all: true });
  const style = await execa('shellcheck', ['-s', 'sh', '-'], { input: script, reject: false, all: true });
  if (style.exitCode === undefined) throw new Error('shellcheck is not installed');
  return `${syntax.all}${style.all}`;
}
