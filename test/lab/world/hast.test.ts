import { afterEach, describe, expect, it } from 'vitest';
import { type Pair, pass, startHastPair } from '../node-double.js';

let pair: Pair;
afterEach(() => pair.stop());

async function dirty(node: string): Promise<number> {
  const list = await pair.run(node, 'hastctl list disk0');
  return Number(/^ {2}dirty: (\d+)/m.exec(list.stdout)?.[1]);
}

async function status(node: string): Promise<string> {
  const { stdout } = await pair.run(node, 'hastctl status disk0');
  return stdout.split('\n')[1]?.split(/\s+/).slice(1, 3).join(' ') ?? '';
}

async function counters(node: string): Promise<string> {
  const { stdout } = await pair.run(node, 'hastctl dump disk0');
  const value = (name: string): string => new RegExp(`${name}: (\\S+)`).exec(stdout)?.[1] ?? '';
  return `${value('localcnt')} ${value('remotecnt')} ${value('prevrole')}`;
}

async function connected(): Promise<void> {
  await pair.run('hastb', 'hastctl role secondary disk0');
  await pair.run('hasta', 'hastctl role primary disk0');
  await pass(pair, 1);
}

async function mountOn(node: string): Promise<void> {
  await pair.run(node, 'newfs -U -j /dev/hast/disk0');
  await pair.world.commands['mount']?.({} as never).catch(() => undefined);
}

describe('first connection', () => {
  it('is complete at once and copies nothing when the secondary has its role first', async () => {
    pair = await startHastPair();
    await connected();
    expect(await status('hasta')).toBe('complete primary');
    expect(await status('hastb')).toBe('complete secondary');
    expect(await dirty('hasta')).toBe(0);
    expect(await counters('hasta')).toBe('0 0 primary');
    expect(await counters('hastb')).toBe('0 0 secondary');
  });

  it('comes only at the next ten seconds when the primary was first, and copies what was written', async () => {
    pair = await startHastPair({ syncBytesPerSecond: 4 * 1024 * 1024 });
    await pair.run('hasta', 'hastctl role primary disk0');
    await pair.run('hasta', 'newfs -U -j /dev/hast/disk0');
    const written = await dirty('hasta');
    expect(written).toBeGreaterThan(0);
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pass(pair, 5);
    expect(await status('hasta')).toBe('degraded primary');
    await pass(pair, 6);
    expect(await status('hasta')).toBe('complete primary');
    expect(await dirty('hasta')).toBeLessThan(written);
    await pass(pair, 10);
    expect(await dirty('hasta')).toBe(0);
  });

  it('stays degraded for ever when the sizes differ, and the secondary worker exits 75', async () => {
    pair = await startHastPair();
    await pair.run('hastb', 'hastctl create -m 256m disk0');
    await connected();
    await pass(pair, 30);
    expect(await status('hasta')).toBe('degraded primary');
    expect(await pair.read('hastb', '/var/log/messages')).toMatch(
      /exited ungracefully \(pid=\d+, exitcode=75\)/,
    );
  });
});

describe('hazards', () => {
  it('takes the role back to init when there is no metadata, after having accepted it', async () => {
    pair = await startHastPair();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${pair.dir}/hasta/root/dev/vtbd1`, Buffer.alloc(1024 * 1024), { flag: 'r+' });
    expect((await pair.run('hasta', 'hastctl role primary disk0')).code).toBe(0);
    await pass(pair, 2);
    expect(await status('hasta')).toBe('- init');
    expect(await pair.read('hasta', '/var/log/messages')).toContain(
      'Unable to read metadata from /dev/vtbd1: No such file or directory.',
    );
  });

  it('lets create succeed on a running primary', async () => {
    pair = await startHastPair();
    await connected();
    expect((await pair.run('hasta', 'hastctl create disk0')).code).toBe(0);
    expect(await counters('hasta')).toBe('0 0 init');
    expect(await status('hasta')).toBe('complete primary');
  });
});

void mountOn;
