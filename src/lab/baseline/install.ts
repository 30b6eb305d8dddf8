import type { Lab } from '../lab.js';
import {
  RECIPE_ADVSKEW,
  RECIPE_DEVD,
  RECIPE_HAST_CONF,
  RECIPE_MOUNTPOINT,
  RECIPE_PATH,
  RECIPE_SCRIPT,
} from './recipe.js';

const PASSWORD = 'baseline';

/** Sets a fresh lab pair up by the published recipe; at the end hasta serves. Throws when a node refuses a step. */
export async function installBaseline(lab: Lab): Promise<void> {
  const names = lab.nodes.map(({ name }) => name);
  for (const name of names) await prepare(lab, name);
  await must(lab, 'hastb', 'hastctl role secondary disk0');
  await must(
    lab,
    'hasta',
    `hastctl role primary disk0; sleep 1; newfs -U -j /dev/hast/disk0 >/dev/null && mount /dev/hast/disk0 ${RECIPE_MOUNTPOINT}`,
  );
  for (const name of names) await carp(lab, name);
}

async function prepare(lab: Lab, name: string): Promise<void> {
  const { files } = lab.node(name).host;
  await files.write('/etc/hast.conf', RECIPE_HAST_CONF, 0o644);
  await files.write(RECIPE_PATH, RECIPE_SCRIPT, 0o755);
  await files.write('/usr/local/etc/devd/carp-hast.conf', RECIPE_DEVD, 0o644);
  await must(
    lab,
    name,
    `sysrc hastd_enable=YES >/dev/null
echo 'carp_load="YES"' >>/boot/loader.conf
echo net.inet.carp.preempt=1 >>/etc/sysctl.conf
kldload -n carp && sysctl net.inet.carp.preempt=1 >/dev/null
mkdir -p ${RECIPE_MOUNTPOINT}
hastctl create disk0 && service hastd start >/dev/null`,
  );
}

/** devd is started again only once the roles are right: the first events would otherwise act on a bare pair. */
async function carp(lab: Lab, name: string): Promise<void> {
  const words = `vhid 1 advskew ${RECIPE_ADVSKEW[name] ?? 100} pass ${PASSWORD} alias 192.168.50.10/32`;
  await must(
    lab,
    name,
    `sysrc ifconfig_vtnet1_alias0="inet ${words}" >/dev/null
ifconfig vtnet1 inet ${words} && sleep 4 && service devd restart >/dev/null`,
  );
}

async function must(lab: Lab, node: string, script: string): Promise<void> {
  const { code, stdout, stderr } = await lab.exec(node, `set -e\n${script}`);
  if (code !== 0) throw new Error(`${node}: exit ${code}: ${script}\n${stdout}${stderr}`);
}
