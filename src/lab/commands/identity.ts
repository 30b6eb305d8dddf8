import { OSRELDATE, RELEASE } from '../world/profile.js';
import { clockTime } from '../world/text.js';
import { fail, getopt, has, notModelled, ok, option, type Program, type Programs } from './program.js';

const hostname: Program = async (run) => {
  const options = getopt(run.args, 'fsd');
  if (options === undefined || options.rest.length > 0 || has(options, 'd')) return notModelled(run);
  return ok(`${has(options, 's') ? (run.machine.name.split('.')[0] ?? '') : run.machine.name}\n`);
};

/** uname(1); the letters come out in uname's own order. */
const uname: Program = async (run) => {
  const options = getopt(run.args, 'amnoprsUKiv');
  if (options === undefined || has(options, 'v')) return notModelled(run);
  const values: Readonly<Record<string, string>> = {
    s: 'FreeBSD',
    n: run.machine.name,
    r: RELEASE,
    m: 'amd64',
    p: 'amd64',
    i: 'GENERIC',
    o: 'FreeBSD',
    U: String(OSRELDATE),
    K: String(OSRELDATE),
  };
  if (has(options, 'a')) {
    return ok(
      `FreeBSD ${run.machine.name} ${RELEASE} FreeBSD ${RELEASE} releng/13.2-n254617-525ecfdad597 GENERIC amd64\n`,
    );
  }
  const letters =
    options.given.length === 0 ? ['s'] : [...'snrmpioUK'].filter((letter) => has(options, letter));
  return ok(`${letters.map((letter) => values[letter]).join(' ')}\n`);
};

const freebsdVersion: Program = async (run) => {
  const options = getopt(run.args, 'kru');
  return options === undefined ? notModelled(run) : ok(`${RELEASE}\n`);
};

const id: Program = async (run) => {
  const options = getopt(run.args, 'ungG');
  if (options === undefined) return notModelled(run);
  const [user] = options.rest;
  if (user !== undefined && user !== 'root') {
    const entry = await passwd(run.machine.files, user);
    if (entry === undefined) return fail(1, `id: ${user}: no such user`);
    if (has(options, 'u')) return ok(`${has(options, 'n') ? user : entry.uid}\n`);
    if (has(options, 'g')) return ok(`${has(options, 'n') ? user : entry.uid}\n`);
    return ok(`uid=${entry.uid}(${user}) gid=${entry.uid}(${user}) groups=${entry.uid}(${user})\n`);
  }
  const me = user ?? run.call.env.LAB_USER ?? 'root';
  if (me !== 'root') {
    const entry = await passwd(run.machine.files, me);
    return ok(`${has(options, 'n') ? me : (entry?.uid ?? 1001)}\n`);
  }
  if (has(options, 'u')) return ok(has(options, 'n') ? 'root\n' : '0\n');
  if (has(options, 'g')) return ok(has(options, 'n') ? 'wheel\n' : '0\n');
  return ok('uid=0(root) gid=0(wheel) groups=0(wheel),5(operator)\n');
};

const whoami: Program = async (run) => ok(`${run.call.env.LAB_USER ?? 'root'}\n`);

const PASSWD = '/etc/master.passwd';

async function passwd(
  files: { read(path: string): Promise<string | undefined> },
  user: string,
): Promise<{ line: string; uid: number; home: string; shell: string } | undefined> {
  const text = (await files.read(PASSWD)) ?? '';
  const line = text.split('\n').find((one) => one.startsWith(`${user}:`));
  if (line === undefined) return undefined;
  const fields = line.split(':');
  return { line, uid: Number(fields[2]), home: fields[8] ?? '', shell: fields[9] ?? '' };
}

/** Home directory and uid of a user of the node. */
export const lookupUser = passwd;

/** pw(8): usershow, useradd, userdel, groupadd, groupshow. */
const pw: Program = async (run) => {
  const [verb, name, ...words] = run.args;
  if (verb === undefined || name === undefined || name.startsWith('-')) return notModelled(run);
  const { files } = run.machine;
  const known = await passwd(files, name);
  if (verb === 'usershow') {
    if (words.length > 0) return notModelled(run);
    return known === undefined ? fail(67, `pw: no such user \`${name}'`) : ok(`${known.line}\n`);
  }
  if (verb === 'groupshow' || verb === 'groupadd') return group(run.machine, verb, name);
  const text = (await files.read(PASSWD)) ?? '';
  if (verb === 'userdel') {
    if (known === undefined) return fail(67, `pw: no such user \`${name}'`);
    const kept = text.split('\n').filter((line) => !line.startsWith(`${name}:`));
    await run.machine.writeFile(PASSWD, kept.join('\n'), 0o600);
    return ok();
  }
  if (verb !== 'useradd' && verb !== 'usermod') return notModelled(run);
  const options = getopt(words, 'd:s:w:c:u:g:G:mM:n:h:');
  if (options === undefined || options.rest.length > 0 || verb === 'usermod') return notModelled(run);
  if (known !== undefined) return fail(65, `pw: login name \`${name}' already exists`);
  const ids = text.split('\n').map((line) => Number(line.split(':')[2] ?? '0'));
  const uid = Number(option(options, 'u') ?? Math.max(1000, ...ids.filter((one) => one < 60_000)) + 1);
  const home = option(options, 'd') ?? `/home/${name}`;
  const shell = option(options, 's') ?? '/bin/sh';
  const line = `${name}:*:${uid}:${uid}::0:0:${option(options, 'c') ?? 'User &'}:${home}:${shell}`;
  await run.machine.writeFile(PASSWD, `${text}${line}\n`, 0o600);
  if (has(options, 'm')) await files.mkdir(home);
  return ok();
};

async function group(
  machine: {
    files: { read(path: string): Promise<string | undefined> };
    writeFile(path: string, text: string): Promise<void>;
  },
  verb: string,
  name: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const text = (await machine.files.read('/etc/group')) ?? 'wheel:*:0:root\noperator:*:5:root\n';
  const line = text.split('\n').find((one) => one.startsWith(`${name}:`));
  if (verb === 'groupshow')
    return line === undefined ? fail(65, `pw: unknown group \`${name}'`) : ok(`${line}\n`);
  if (line !== undefined) return fail(65, `pw: group name \`${name}' already exists`);
  const gid = Math.max(1000, ...text.split('\n').map((one) => Number(one.split(':')[2] ?? '0'))) + 1;
  await machine.writeFile('/etc/group', `${text}${name}:*:${gid}:\n`);
  return ok();
}

const uptime: Program = async (run) => {
  const now = run.machine.now();
  const seconds = Math.floor((now - run.machine.bootedAt) / 1000);
  const minutes = Math.floor(seconds / 60);
  const up =
    seconds < 60 ? `${seconds} secs` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  return ok(`${clockTime(now).slice(0, 5)}  up ${up}, 1 user, load averages: 0.10, 0.05, 0.02\n`);
};

const who: Program = async () => ok('');

export const identityCommands: Programs = {
  hostname,
  uname,
  'freebsd-version': freebsdVersion,
  id,
  whoami,
  pw,
  uptime,
  who,
};
