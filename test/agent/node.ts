import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import { agentScript } from '../../src/render/agent-script.js';
import { sh } from '../../src/render/helpers.js';

const HERE = dirname(fileURLToPath(import.meta.url));
export const AGENT_DIR = join(HERE, '../../templates/agent');
/** The agent as a node gets it: put together once for each process of the tests. */
export const AGENT = assembled();
const FAKES = join(HERE, 'fakes');

function assembled(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hastconf-agent-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'carp-hast-switch');
  writeFileSync(path, agentScript(), { mode: 0o755 });
  return path;
}

/** The view that the renderer gives to agent.conf.hbs; the lab's pair with one UFS. */
export const VIEW = {
  cluster: 'pair1',
  node: 'hasta',
  peer: 'hastb',
  carpInterface: 'vtnet1',
  carpVhid: 1,
  carpAdvbase: 1,
  carpAddress: '192.168.50.10',
  replicationAddress: '10.77.0.1',
  peerReplication: '10.77.0.2',
  ownLan: '192.168.50.11',
  peerLan: '192.168.50.12',
  resources: ['disk0'],
  storage: [{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }] as object[],
  services: [['rc', 'db']] as string[][],
  settle: 1,
  bootWait: 120,
  onDemoteFailure: 'reboot',
  failback: 'manual',
  onDiskError: 'alert',
  onServiceFailure: 'alert',
  peerSshPort: 22,
  witness: [] as string[],
  fence: '',
  notify: '',
  hastTimeout: 10,
  preferred: 1,
};

export function renderConfig(view: object): string {
  const engine = Handlebars.create();
  engine.registerHelper('sh', (value: unknown) => sh(value));
  const source = readFileSync(join(AGENT_DIR, 'agent.conf.hbs'), 'utf8');
  return engine.compile(source, { noEscape: true, strict: true })({ ...view });
}

export interface ShellResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** What the peer's agent says, as `peer status` prints it. */
export function peerSays(words: Partial<Record<string, string | number>>): string {
  const said = {
    state: 'standby',
    fresh: 'fresh',
    epoch: 5,
    agreed: 5,
    roles: 'all-secondary',
    mounts: 'none',
    carp: 'BACKUP',
    ready: 'yes',
    ...words,
  };
  return Object.entries(said)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}

/** The agent's own seconds when a test begins. */
export const BEAT = 10_000;

/** In the place of the connections: the peer's answers lie in $FAKE/peer.ADDRESS; none means no connection. */
const FAKE_STREAMS = `is_open() { path_address "$1" && [ -e "$FAKE/peer.$address" ]; }
recall() { is_open "$1" && answer="answer b1$nl$(cat "$FAKE/peer.$address")\${nl}meeting -\${nl}beat ${BEAT}\${nl}end b1$nl" heard=$beat; }
send() {
	path_address "$1"
	fs_path=$1
	set -- $2
	case $1 in
	ask) { echo "answer $2"; cat "$FAKE/peer.$address"; echo 'meeting -'; echo "end $2"; } >"$run/said.$fs_path.$2" ;;
	tell)
		fs_id=$2
		shift 3
		[ "$fs_path" != rep ] && [ -e "$FAKE/peer.10.77.0.2" ] || echo "tell $*" >>"$FAKE/calls"
		[ "$1" != demote ] || [ ! -e "$FAKE/peer-demoted" ] || cp "$FAKE/peer-demoted" "$FAKE/peer.$address"
		printf 'answer %s\naccepted\nend %s\n' "$fs_id" "$fs_id" >"$run/said.$fs_path.$fs_id"
		;;
	esac
}`;

/** One node made of files and small fake programs; the agent's own functions run in a real dash. */
export class FakeNode {
  readonly dir = mkdtempSync(join(tmpdir(), 'hastconf-agent-'));
  readonly mountpoint = join(this.dir, 'hast/disk0');

  constructor(view: Partial<typeof VIEW> = {}) {
    for (const name of ['etc', 'db/spool', 'run', 'dev'])
      mkdirSync(join(this.dir, name), { recursive: true });
    const storage = [{ type: 'ufs', resource: 'disk0', mountpoint: this.mountpoint }];
    this.set('etc/agent.conf', renderConfig({ ...VIEW, storage, ...view }));
    this.set('run/beat', `${BEAT}\n`);
    this.set('role.disk0', 'init\n')
      .set('link', '-\n')
      .set('dirty', '0')
      .set('writes', '0')
      .set('errors', '0')
      .set('carp', 'BACKUP\n');
    this.set('skew', '240\n').set('mounts', '').set('hastd', '').set('calls', '').set('log', '');
    this.set('self', `#!/bin/sh\n${this.preamble()}\nmain "$@"\n`);
    chmodSync(join(this.dir, 'self'), 0o755);
  }

  set(name: string, content: string): this {
    writeFileSync(join(this.dir, name), content);
    return this;
  }

  unset(...names: string[]): this {
    for (const name of names) rmSync(join(this.dir, name), { force: true });
    return this;
  }

  get(name: string): string {
    return existsSync(join(this.dir, name)) ? readFileSync(join(this.dir, name), 'utf8') : '';
  }

  /** Calls that change something, in order. */
  calls(): string[] {
    return this.get('calls')
      .split('\n')
      .filter((line) => line !== '' && line !== 'hastctl list' && !line.startsWith('hastctl dump '));
  }

  record(words: Record<string, string | number>): this {
    const lines = Object.entries({ epoch: 5, agreed: 5, peer_epoch: 5, fresh: 'fresh', ...words });
    return this.set('db/record', lines.map(([key, value]) => `${key}=${value}\n`).join(''));
  }

  recorded(key: string): string | undefined {
    return new RegExp(`^${key}=(.*)$`, 'm').exec(this.get('db/record'))?.[1];
  }

  /** Both ways to the peer answer with these words. */
  peer(words: Partial<Record<string, string | number>>): this {
    for (const address of ['10.77.0.2', '192.168.50.12'])
      this.set(`peer.${address}`, peerSays(words)).set(`ping.${address}`, '');
    return this;
  }

  peerDead(): this {
    for (const address of ['10.77.0.2', '192.168.50.12']) this.unset(`peer.${address}`, `ping.${address}`);
    return this;
  }

  /** This node is secondary, connected, fresh, and has met its peer. */
  standby(): this {
    return this.set('role.disk0', 'secondary\n')
      .set('link', 'complete\n')
      .record({ role: 'secondary' })
      .set('run/met', '')
      .set('run/served', '')
      .set('skew', '20\n');
  }

  serving(): this {
    this.set('role.disk0', 'primary\n').set('link', 'complete\n').record({ role: 'primary' });
    this.set('dev/disk0', '').set('run/served', '').set('run/met', '').set('carp', 'MASTER\n');
    return this.set('mounts', `/dev/hast/disk0\t\t${this.mountpoint}\t\tufs\trw\t\t2 2\n`).set('skew', '0\n');
  }

  run(script: string, env: Record<string, string> = {}): Promise<ShellResult> {
    return new Promise((resolve) => {
      const options = { env: { ...process.env, FAKE: this.dir, ...env }, maxBuffer: 1 << 26 };
      const child = execFile('dash', ['-s'], options, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.end(`${this.preamble()}\n${script}\n`);
    });
  }

  reconcile(kind = 'tick'): Promise<ShellResult> {
    return this.run(`load_config\nverb_locked ${kind}`);
  }

  remove(): void {
    // What the agent has left in the background may still be writing; rmSync's own tries do not look for new files.
    for (let left = 40; ; left -= 1) {
      try {
        rmSync(this.dir, { recursive: true, force: true });
        return;
      } catch (error) {
        if (left === 0) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      }
    }
  }

  private preamble(): string {
    return `CARP_HAST_LIB=1 . ${AGENT}
PATH=${FAKES}:/usr/bin:/bin
etc=$FAKE/etc db=$FAKE/db run=$FAKE/run dev=$FAKE/dev pidfile=$FAKE/pid self=$FAKE/self
${FAKE_STREAMS}`;
  }
}

export function shellcheck(path: string): string {
  try {
    return execFileSync('shellcheck', ['-s', 'sh', path], { encoding: 'utf8' });
  } catch (error) {
    return String((error as { stdout?: string }).stdout);
  }
}
