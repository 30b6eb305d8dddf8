import {
  RECIPE_ADVSKEW,
  RECIPE_DEVD,
  RECIPE_HAST_CONF,
  RECIPE_MOUNTPOINT,
  RECIPE_PATH,
  RECIPE_SCRIPT,
} from '../../src/lab/baseline/recipe.js';
import { type Live, NODES } from './live.js';

const PASSWORD = 'baseline';

/** Sets two clean machines up by the published recipe; at the end hasta serves. */
export async function installRecipe(live: Live): Promise<void> {
  await Promise.all(NODES.map((name) => live.must(name, PREPARE, 60_000)));
  await live.must('hastb', 'hastctl role secondary disk0');
  await live.must(
    'hasta',
    `set -e
hastctl role primary disk0
n=0
until [ -c /dev/hast/disk0 ]; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
newfs -U -j /dev/hast/disk0 >/dev/null
mount /dev/hast/disk0 ${RECIPE_MOUNTPOINT}`,
    60_000,
  );
  for (const name of NODES) await live.must(name, carp(name), 60_000);
}

const file = (path: string, mode: number, text: string) =>
  `mkdir -p ${path.slice(0, path.lastIndexOf('/'))}
cat >${path} <<'END_OF_FILE'
${text}END_OF_FILE
chmod ${mode.toString(8)} ${path}
`;

const PREPARE = `set -e
${file('/etc/hast.conf', 0o644, RECIPE_HAST_CONF)}
${file(RECIPE_PATH, 0o755, RECIPE_SCRIPT)}
${file('/usr/local/etc/devd/carp-hast.conf', 0o644, RECIPE_DEVD)}
sysrc hastd_enable=YES >/dev/null
echo 'carp_load="YES"' >>/boot/loader.conf
echo net.inet.carp.preempt=1 >>/etc/sysctl.conf
kldload -n carp
sysctl net.inet.carp.preempt=1 >/dev/null
mkdir -p ${RECIPE_MOUNTPOINT}
hastctl create disk0
service hastd start >/dev/null
`;

/** devd is started again only once the roles are right: the first events would otherwise act on a bare pair. */
function carp(name: string): string {
  const words = `vhid 1 advskew ${RECIPE_ADVSKEW[name] ?? 100} pass ${PASSWORD} alias 192.168.50.10/32`;
  return `set -e
sysrc ifconfig_vtnet1_alias0="inet ${words}" >/dev/null
ifconfig vtnet1 inet ${words}
n=0
until ifconfig vtnet1 | grep -Eq 'carp: (MASTER|BACKUP)'; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done
service devd restart >/dev/null
`;
}
