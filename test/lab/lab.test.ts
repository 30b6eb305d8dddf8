import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.js';
import { loadSpec } from '../../src/spec/load.js';

let lab: Lab;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-lab-test-'));
  lab = await startLab({ dir, accelerate: 20 });
});
afterAll(async () => {
  await lab.stop();
  await rm(dir, { recursive: true, force: true });
});

async function login(node: string): Promise<string> {
  const client = new ssh2.Client();
  const known = await readFile(join(dir, 'known_hosts'), 'utf8');
  const privateKey = await readFile(join(dir, 'id_ed25519'), 'utf8');
  const { port } = lab.node(node);
  return new Promise((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => {
      client.exec('hostname', (error, channel) => {
        if (error) return reject(error);
        let out = '';
        channel.on('data', (chunk: Buffer) => {
          out += chunk;
        });
        channel.on('close', () => {
          client.end();
          resolve(out);
        });
      });
    });
    client.connect({
      host: '127.0.0.1',
      port,
      username: 'root',
      privateKey,
      hostVerifier: (key: Buffer) =>
        known.includes(`[127.0.0.1]:${port} ssh-ed25519 ${key.toString('base64')}\n`),
    });
  });
}

describe('a lab in this process', () => {
  it('has two booted nodes that know each other', async () => {
    for (const [node, peer] of [
      ['hasta', '10.77.0.2'],
      ['hastb', '10.77.0.1'],
    ] as const) {
      const result = await lab.exec(node, `hostname; id -u; ping -q -c1 -t1 ${peer} >/dev/null; echo $?`);
      expect(result).toEqual({ code: 0, stdout: `${node}\n0\n0\n`, stderr: '' });
    }
  });

  it('is reached by SSH with the key and the host keys beside the cluster file', async () => {
    expect(await login('hasta')).toBe('hasta\n');
    expect(await login('hastb')).toBe('hastb\n');
  });

  it('writes a cluster file that is valid, and keeps its secrets to its owner', async () => {
    const spec = await loadSpec(lab.clusterFile);
    expect(spec.nodes.map(({ name }) => name)).toEqual(['hasta', 'hastb']);
    expect(spec.carp).toMatchObject({
      address: '192.168.50.10',
      vhid: 1,
      passwordFile: `${dir}/carp.password`,
    });
    expect(Object.keys(spec.resources[0]?.local ?? {})).toEqual(['hasta', 'hastb']);
    for (const name of ['id_ed25519', 'carp.password'])
      expect((await stat(join(dir, name))).mode & 0o77).toBe(0);
    expect(await readFile(join(dir, 'carp.password'), 'utf8')).toMatch(/^[A-Za-z0-9_]{1,19}\n$/);
  });

  it('gives programs what the model wrote, also to change', async () => {
    const script =
      'sysrc -q hastd_enable=YES >/dev/null && echo "# mine" >>/etc/rc.conf && tail -1 /etc/rc.conf; logger hi && echo more >>/var/log/messages';
    expect(await lab.exec('hasta', script)).toEqual({ code: 0, stdout: '# mine\n', stderr: '' });
    expect(
      await lab.exec(
        'hasta',
        'dd if=/dev/zero of=/dev/vtbd3 bs=512 count=1 conv=notrunc 2>/dev/null; echo $?',
      ),
    ).toMatchObject({
      stdout: '0\n',
    });
  });

  it('loses a node to a power cut, and gets it back', async () => {
    const running = lab.exec('hastb', 'sleep 100000');
    await lab.fault('power-cut', ['hastb']);
    expect((await running).code).not.toBe(0);
    await expect(lab.exec('hastb', 'true')).rejects.toMatchObject({ exit: 4, node: 'hastb' });
    await expect(login('hastb')).rejects.toThrow();
    await lab.fault('power-on', ['hastb']);
    expect(await login('hastb')).toBe('hastb\n');
  });

  it('refuses an unknown node or fault as wrong usage', async () => {
    await expect(lab.exec('hastc', 'true')).rejects.toMatchObject({ exit: 2 });
    await expect(lab.fault('earthquake', [])).rejects.toMatchObject({ exit: 2 });
    await expect(lab.fault('drop-ssh', ['hasta', 'soon'])).rejects.toMatchObject({ exit: 2 });
  });
});
