import type { CommandResult } from '../types.js';
import { type HastConf, HastConfError, type HastResourceConf } from '../world/hast-conf.js';
import {
  EXTENT_SIZE,
  type HastRole,
  KEEP_DIRTY,
  layout,
  readMetadata,
  writeBitmap,
  writeMetadata,
} from '../world/hast-metadata.js';
import type { HastResource } from '../world/hast-resource.js';
import { humanBytes, parseSize } from '../world/text.js';
import { fail, getopt, type Invocation, type Options, option } from './program.js';

const USAGE = `usage: hastctl create [-d] [-c config] [-e extentsize] [-k keepdirty]
		[-m mediasize] name ...
       hastctl role [-d] [-c config] <init | primary | secondary> all | name ...
       hastctl list [-d] [-c config] [all | name ...]
       hastctl status [-d] [-c config] [all | name ...]
       hastctl dump [-d] [-c config] [all | name ...]
`;

/** hastctl(8) of 13.2 (freebsd-facts §2). */
export async function hastctl(run: Invocation): Promise<CommandResult> {
  const [verb = '', ...words] = run.args;
  if (!['create', 'role', 'list', 'status', 'dump'].includes(verb)) return fail(64, USAGE);
  const options = getopt(words, verb === 'create' ? 'dc:e:k:m:h' : 'dc:h');
  if (options === undefined) return fail(64, USAGE);
  const { machine } = run;
  let read: { conf: HastConf; echoed: string };
  try {
    read = await machine.hastd.readConf(option(options, 'c') ?? '/etc/hast.conf');
  } catch (error) {
    if (error instanceof HastConfError) return fail(error.exit, `[ERROR] ${error.message}`);
    throw error;
  }
  const answer = await dispatch(run, verb, options, read.conf);
  return { ...answer, stdout: read.echoed + answer.stdout };
}

function dispatch(run: Invocation, verb: string, options: Options, conf: HastConf): Promise<CommandResult> {
  if (verb === 'create') return create(run, options, conf);
  if (verb === 'dump') return dump(run, options, conf);
  if (!run.machine.hastd.running) {
    const why = run.machine.hastd.socketLeft ? 'Connection refused' : 'No such file or directory';
    return Promise.resolve(fail(71, `[ERROR] Unable to connect to hastd via ${conf.control}: ${why}.`));
  }
  return whileStopped(run).then(() =>
    verb === 'role' ? role(run, options) : report(run, options, verb === 'list'),
  );
}

/** `all` counts only as the first name. */
function chosen(names: readonly string[], conf: HastConf): HastResourceConf[] | string {
  if (names.length === 0 || names[0] === 'all') return conf.resources;
  const found: HastResourceConf[] = [];
  for (const name of names) {
    const one = conf.resources.find((candidate) => candidate.name === name);
    if (one === undefined) return `[ERROR] Unknown resource ${name}.`;
    found.push(one);
  }
  return found;
}

async function create(run: Invocation, options: Options, conf: HastConf): Promise<CommandResult> {
  if (options.rest.length === 0) return fail(64, USAGE);
  let stderr = '';
  let code = 0;
  for (const name of options.rest) {
    const one = conf.resources.find((candidate) => candidate.name === name);
    const problem =
      one === undefined
        ? { code: 65, text: `[ERROR] Unknown resource ${name}.` }
        : await createOne(run, options, one);
    if (problem === undefined) continue;
    stderr += `${problem.text}\n`;
    code = problem.code;
  }
  return { code, stdout: '', stderr };
}

async function createOne(
  run: Invocation,
  options: Options,
  one: HastResourceConf,
): Promise<{ code: number; text: string } | undefined> {
  const { machine } = run;
  const refuse = (code: number, text: string) => ({ code, text: `[ERROR] [${one.name}] ${text}` });
  const disk = machine.fs.diskAt(one.local);
  if (disk === undefined || !(await machine.files.exists(disk.path))) {
    return refuse(66, `Unable to open ${one.local}: No such file or directory.`);
  }
  if (machine.fs.exclusive(disk) !== undefined) {
    return refuse(66, `Unable to open ${one.local}: Operation not permitted.`);
  }
  const media = option(options, 'm') === undefined ? disk.size : parseSize(option(options, 'm') ?? '');
  const extent = parseSize(option(options, 'e') ?? String(EXTENT_SIZE));
  if (media === undefined || extent === undefined) return refuse(65, 'Invalid size.');
  if (media > disk.size) return refuse(65, `Provided mediasize is larger than provider ${one.local} size.`);
  if (!Number.isInteger(Math.log2(extent))) return { code: 134, text: 'Assertion failed: extentsize' };
  const metadata = { ...layout(media, disk.sectorSize, extent), resource: one.name };
  metadata.keepdirty = Number(option(options, 'k') ?? KEEP_DIRTY);
  // No lock, no look at hastd: a running worker keeps its own idea (measured §3.4).
  await writeMetadata(disk, metadata);
  await writeBitmap(disk, metadata, []);
  return undefined;
}

async function dump(run: Invocation, options: Options, conf: HastConf): Promise<CommandResult> {
  const list = chosen(options.rest, conf);
  if (typeof list === 'string') return fail(65, list);
  let stdout = '';
  let stderr = '';
  let code = 0;
  for (const one of list) {
    const disk = run.machine.fs.diskAt(one.local);
    if (disk === undefined || !(await run.machine.files.exists(disk.path))) {
      stderr += `[ERROR] [${one.name}] Unable to open ${one.local}: No such file or directory.\n`;
      code = 66;
      continue;
    }
    const metadata = await readMetadata(disk);
    if (metadata === undefined || metadata.resource !== one.name) {
      stderr +=
        metadata === undefined
          ? `[ERROR] [${one.name}] Unable to read metadata from ${one.local}: No such file or directory.\n`
          : `[ERROR] [${one.name}] Provider ${one.local} is not part of resource ${one.name}.\n`;
      code = 255;
      continue;
    }
    stdout += `resource: ${metadata.resource}\n`;
    stdout += `    datasize: ${metadata.datasize} (${humanBytes(metadata.datasize)})\n`;
    stdout += `    extentsize: ${metadata.extentsize} (${humanBytes(metadata.extentsize)})\n`;
    stdout += `    keepdirty: ${metadata.keepdirty}\n    localoff: ${metadata.localoff}\n`;
    stdout += `    resuid: ${metadata.resuid}\n    localcnt: ${metadata.localcnt}\n`;
    stdout += `    remotecnt: ${metadata.remotecnt}\n    prevrole: ${metadata.prevrole}\n`;
  }
  return { code, stdout, stderr };
}

/** hastd asks its workers, and waits for one that is stopped. */
async function whileStopped(run: Invocation): Promise<void> {
  for (const { worker } of run.machine.hastd.resources.values()) {
    if (worker?.blocked.stopped === undefined) continue;
    await Promise.race([
      worker.blocked.stopped,
      new Promise((_resolve, reject) =>
        run.signal.addEventListener('abort', () => reject(run.signal.reason), { once: true }),
      ),
    ]);
  }
}

async function role(run: Invocation, options: Options): Promise<CommandResult> {
  const [wanted, ...names] = options.rest;
  if (wanted !== 'init' && wanted !== 'primary' && wanted !== 'secondary') return fail(64, USAGE);
  if (names.length === 0) return fail(64, USAGE);
  const { hastd } = run.machine;
  const all = names[0] === 'all' ? [...hastd.resources.keys()] : names;
  let stderr = '';
  let code = 0;
  for (const name of all) {
    const resource = hastd.resources.get(name);
    if (resource === undefined) {
      stderr += `[ERROR] [${name}] Received error 1 from hastd.\n`;
      code = 1;
      continue;
    }
    await resource.setRole(wanted satisfies HastRole);
  }
  return { code, stdout: '', stderr };
}

async function report(run: Invocation, options: Options, long: boolean): Promise<CommandResult> {
  const { hastd } = run.machine;
  const first = options.rest[0];
  const names = first === undefined || first === 'all' ? [...hastd.resources.keys()] : options.rest;
  let stdout = long ? '' : 'Name\tStatus\t Role\t\tComponents\n';
  let stderr = '';
  let code = 0;
  for (const name of names) {
    const resource = hastd.resources.get(name);
    if (resource === undefined) {
      code = 1;
      if (long) stderr += `[ERROR] [${name}] Received error 1 from hastd.\n`;
      else stdout += `${name}\tERR1\n`;
      continue;
    }
    await run.machine.fs.flush(resource);
    stdout += long ? longForm(resource) : row(resource);
  }
  return { code, stdout, stderr };
}

function row(resource: HastResource): string {
  const { conf } = resource;
  const status = (resource.status ?? '-').padEnd(9);
  return `${resource.name}\t${status}${resource.role.padEnd(15)}${conf.local}\t${conf.remote}\n`;
}

function longForm(resource: HastResource): string {
  const { conf, worker } = resource;
  const extent = worker?.metadata.extentsize ?? 0;
  const dirty = resource.dirtyBytes;
  const lines = [
    `${resource.name}:`,
    `  role: ${resource.role}`,
    `  provname: ${conf.provname}`,
    `  localpath: ${conf.local}`,
    `  extentsize: ${extent} (${humanBytes(extent)})`,
    `  keepdirty: ${worker?.role === 'primary' ? worker.metadata.keepdirty : 0}`,
    `  remoteaddr: ${conf.remote}`,
    ...(conf.source === undefined ? [] : [`  sourceaddr: ${conf.source}`]),
    `  replication: ${conf.replication}`,
    ...(worker === undefined ? [] : [`  status: ${resource.status}`, `  workerpid: ${worker.pid}`]),
    `  dirty: ${dirty} (${humanBytes(dirty)})`,
    '  statistics:',
    `    reads: ${worker?.role === 'primary' ? worker.reads : 0}`,
    `    writes: ${worker?.role === 'primary' ? worker.writes : 0}`,
    '    deletes: 0',
    '    flushes: 0',
    '    activemap updates: 0',
    `    local errors: read: ${resource.readErrors}, write: 0, delete: 0, flush: 0`,
    `    queues: local: 0, send: 0, recv: 0, done: 0, idle: ${worker === undefined ? 0 : 255}`,
  ];
  return `${lines.join('\n')}\n`;
}
