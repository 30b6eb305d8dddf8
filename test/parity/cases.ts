import type { Case, Group } from './types.js';

const on = (node: 'hasta' | 'hastb', ...scripts: string[]): Case[] => scripts.map((run) => ({ node, run }));
const quietly = (node: 'hasta' | 'hastb', ...scripts: string[]): Case[] =>
  scripts.map((run) => ({ node, run, quiet: true as const }));

/** The base tools that scripts on the nodes use; here GNU's and FreeBSD's differ. */
const TOOLS: Group = {
  name: 'tools',
  title: 'base tools where GNU and FreeBSD differ',
  cases: [
    ...quietly(
      'hasta',
      'mkdir -p /tmp/parity && cd /tmp/parity && printf "one\\ntwo\\n" >f && echo three >g',
    ),
    ...on(
      'hasta',
      'timeout 1 sleep 5; echo $?',
      'timeout 3 daemon -p /tmp/parity/pid sleep 99; echo $?; sleep 1; kill -0 $(cat /tmp/parity/pid) 2>/dev/null; echo $?',
      'timeout --foreground 20 daemon -p /tmp/parity/pid2 sleep 98; echo $?; kill -0 $(cat /tmp/parity/pid2); echo $?; kill $(cat /tmp/parity/pid2)',
      'timeout 9 sh -c "sleep 2 & exit 3"; echo $?',
      'timeout -k 1 1 sh -c "trap \'\' TERM; sleep 9; sleep 9"; echo $?',
      'timeout --preserve-status 1 sleep 5; echo $?',
      'timeout 1x true; echo $?',
      'timeout 1 /nonexistent; echo $?',
      'timeout -v 1 true; echo $?',
      'timeout; echo $?',
      'cd /tmp/parity; lockf -k -t 0 l true; echo $?; lockf -k -t 0 l sh -c "exit 9"; echo $?; ls l',
      'cd /tmp/parity; lockf -k -s -t 0 l lockf -k -s -t 0 l true; echo $?',
      'cd /tmp/parity; lockf -k -t 0 l lockf -k -t 1 l true; echo $?',
      'cd /tmp/parity; lockf l2 true; ls l2; echo $?',
      'lockf -k -t x /tmp/parity/l true; echo $?',
      'lockf -k /tmp/parity/l /nonexistent; echo $?',
      'lockf -k /tmp/parity/l sh -c "kill -9 \\$\\$"; echo $?',
      'lockf; echo $?',
      'cd /tmp/parity; sed -n 1p f; sed -i "" s/one/eins/ f; cat f; echo $?',
      'cd /tmp/parity; sed -i.bak s/eins/one/ f; ls; rm f.bak',
      'cd /tmp/parity; echo ab | sed "s/a/x\\ny/"',
      'cd /tmp/parity; echo aab | sed -E "s/a+/X/"; echo aab | sed "s/a\\+/X/"; echo aab | sed -r "s/a+/X/"',
      'cd /tmp/parity; printf "a\\nb" | sed "s/b/c/"; echo "[$?]"; sed --version; echo $?',
      'cd /tmp/parity; sed -n "/t/{p;q;}" f; sed "1d;\\$a\\\nend" f',
      'cd /tmp/parity; stat -f %z f; stat -f "%Lp %Su %Sg %N" f; stat -f %Sp f; stat -f %HT f /dev/null; echo $?',
      'cd /tmp/parity; stat -f %z nosuch; echo $?; stat -c %s f; echo $?; stat -x nosuch; echo $?',
      'cd /tmp/parity; ln -s f s; stat -f "%Y %N" s; stat -L -f %z s; readlink -f s; rm s',
      'date -r 0 -u; date -u -r 86400 +%F; date -j -u -f %s 0 +%Y; date -u -v+1d -r 0 +%d; echo $?',
      'date -d yesterday; echo $?; date --iso-8601; echo $?; date +%N; date -Iseconds -u -r 0; echo $?',
      'cd /tmp/parity; mktemp -t x | sed "s/[A-Za-z0-9]\\{8\\}$/RANDOM/"; mktemp nosuch/x.XXXX; echo $?; rm -f /tmp/x.*',
      'cd /tmp/parity; touch -t 200001020304.05 g; stat -f %m g; ls -l g | cut -c1-10; touch -d 2000-01-01T00:00:00Z g; stat -f %m g',
      'cd /tmp/parity; head -c 3 f; tail -n 1 f; head -n -1 f; echo $?',
      'cd /tmp/parity; grep -c o f; grep -q x f; echo $?; grep x nosuch; echo $?; grep -P x f; echo $?; grep -oE "t." f',
      'echo "a b" | xargs -n 1 echo x; printf "" | xargs echo empty; printf "" | xargs -r echo never; echo $?',
      'cd /tmp/parity; cp -n f g; echo $?; cp f nosuch/; echo $?; mv nosuch x; echo $?; rm nosuch; echo $?; ls nosuch; echo $?',
      'cd /tmp/parity; mkdir a; mkdir a; echo $?; rmdir a; ln f f; echo $?; ls -la nosuch a; echo $?',
      'printf "%s|%5d|%x\\n" a 7 255; printf "%q\\n" "a b"; echo $?; echo -n x; echo -e "a\\tb"',
      'jot 3; jot 2 5; jot -s , 3; echo a | tr a-z A-Z; seq 3; seq 1 2 5; expr 3 + 4; expr length abc; echo $?',
      'sort -u /dev/null; printf "b\\na\\n" | sort; printf "10\\n9\\n" | sort -n; printf "1.10\\n1.9\\n" | sort -V; basename /a/b.c .c; dirname /a/b',
      'cut -d: -f1 /etc/passwd | head -2; awk -F: "NR==1{print \\$3}" /etc/group; awk "BEGIN{print systime() > 0}"; echo $?',
      'od -An -tx1 -N4 /tmp/parity/f; cmp /tmp/parity/f /tmp/parity/g; echo $?; wc -l /tmp/parity/f; dd if=/dev/zero bs=1k count=1 2>/dev/null | wc -c',
      'fsync /tmp/parity/f; echo $?; fsync /nosuch; echo $?; fsync; echo $?',
      'sha256 -q /tmp/parity/f; sha256 -r /tmp/parity/f; sha256 /tmp/parity/f; sha256sum /tmp/parity/f; echo $?; md5 -q /tmp/parity/f',
      'which -s sh; echo $?; which nosuch; echo $?; command -v sed; type cd; hostname -s; uname -s; uname -U; uname -o; echo $?',
      'fuser -c /; echo $?; fuser /nosuch; echo $?; fuser -k -TERM /nosuch; echo $?',
      'sleep 0.1; echo $?; sleep x; echo $?; sleep 1s; echo $?; usleep 1; echo $?',
      'tr -d "\\n" </tmp/parity/f | wc -c; find /tmp/parity -name f -type f -maxdepth 1; find /tmp/parity -printf x; echo $?',
      'ls /proc; ip addr; echo $?; ss; flock; echo $?; systemctl; echo $?',
      'nohup true; echo $?; env -i sh -c "echo \\$PATH"; env -u HOME sh -c "echo [\\$HOME]"; tee /tmp/parity/t </tmp/parity/f; realpath /tmp/parity/../parity/f',
      'logger -t parity hello; sleep 1; tail -n 1 /var/log/messages | sed "s/.*parity/parity/"; logger --help; echo $?',
    ),
  ],
};

/** /bin/sh: what a POSIX script may stumble over. */
const SHELL: Group = {
  name: 'sh',
  title: '/bin/sh',
  cases: on(
    'hasta',
    'sh -c ": >/nosuch/f; echo goes on"; echo $?',
    'sh -c "echo x >/nosuch/f; echo goes on"; echo $?',
    'sh -c "true >/nosuch/f || echo failed; echo goes on"; echo $?',
    'sh -c "read -r a </nosuch; echo goes on"; echo $?',
    'sh -c "set -e; false | true; echo goes on"; sh -c "set -o pipefail; false | true"; echo $?',
    'f() { local a=1; echo $a; }; f; echo [$a]; echo ${x:-default} ${#f}; x=abc; echo ${x%c} ${x#a} ${x%%b*}',
    'sh -c "echo ${x//a/b}"; echo $?; sh -c "[[ a == a ]]"; echo $?; sh -c "a=(1 2)"; echo $?',
    'trap "echo bye" EXIT; sh -c "kill -9 \\$\\$"; echo $?; sh -c "exit 300"; echo $?',
    'kill -l 15; kill -0 1; echo $?; kill 999999; echo $?; wait 999999; echo $?; ulimit -t',
    'echo $((1 << 3)) $((10 % 3)) $((0x10)) $((010)); echo $((08)); echo $?',
    "printf '%s\\n' $'a\\tb'; case abc in a*) echo yes ;; esac; test -z ''; echo $?; test 1 -eq x; echo $?",
    'sh -n -c "if"; echo $?; sh -c "nosuchcommand"; echo $?; sh -c "/etc/passwd"; echo $?; sh -c ". /nosuch"; echo $?',
    'read -t 1 a; echo $?; echo "a b" | { read -r a b; echo "$b"; }; umask; cd /nosuch; echo $?',
  ),
};

/** The kernel's and rc's own words. */
const SYSTEM: Group = {
  name: 'system',
  title: 'kernel, rc and network',
  cases: on(
    'hasta',
    'sysctl kern.boottime; sysctl -n kern.boottime; sysctl -n kern.ostype kern.osreldate; sysctl nosuch; echo $?; sysctl -n nosuch 2>/dev/null; echo $?',
    'sysctl -n net.inet.carp.preempt; echo $?; kldstat -q -m carp; echo $?; kldload carp; echo $?; kldload carp; echo $?; kldload -n carp; echo $?; sysctl net.inet.carp.preempt net.inet.carp.demotion; kldload nosuch; echo $?',
    'sysrc -n hostname; sysrc nosuch; echo $?; sysrc -n nosuch; echo $?; sysrc parity_x=1; sysrc -x parity_x; sysrc -c hostname=hasta; echo $?; sysrc -c hostname=other; echo $?',
    'service hastd status; echo $?; service hastd start; echo $?; service hastd onestatus; echo $?; service nosuch start; echo $?; service hastd enabled; echo $?; service inetd onestatus; echo $?',
    'ping -c 1 -t 1 10.77.0.2 >/dev/null; echo $?; ping -c 1 -t 1 10.77.0.99 >/dev/null; echo $?; ping -c 2 -i 0.1 -W 500 -q 10.77.0.2 | tail -n 2; ping -c 1 -W 300 10.77.0.99 >/dev/null; echo $?',
    'nc -z 10.77.0.2 22; echo $?; nc -z -w 1 10.77.0.2 8457; echo $?; nc -z -v -w 1 10.77.0.2 8457; echo $?; nc -z -w 1 10.77.0.99 22; echo $?',
    'route -n add -host 10.77.0.98 127.0.0.1 -reject; echo $?; route -q add -host 10.77.0.98 127.0.0.1 -reject; echo $?; route -n get 10.77.0.98; ping -c 1 -t 1 10.77.0.98; echo $?; route -n delete -host 10.77.0.98; echo $?; route -q delete -host 10.77.0.98; echo $?',
    'ifconfig nosuch; echo $?; ifconfig -l; ifconfig vtnet2 | grep -v ether; ifconfig vtnet1 inet 192.168.50.11/24 alias; echo $?',
    'mount -p | grep -v " /dev "; mount | grep " on / "; umount /nosuch; echo $?; mount /dev/nosuch /mnt; echo $?; df -k /nosuch; echo $?',
    'pw useradd parity -d /nonexistent -s /usr/sbin/nologin; echo $?; pw useradd parity; echo $?; id parity | sed "s/[0-9][0-9]*/N/g"; pw userdel parity; echo $?; pw usershow nosuch; echo $?',
    'hastctl status; echo $?; hastctl role primary nosuch; echo $?; hastctl; echo $?',
    'zpool list; echo $?; kldstat -q -m zfs; echo $?; geom -t | head -3; diskinfo /dev/vtbd1; diskinfo /dev/nosuch; echo $?; ls -l /dev/vtbd1 | cut -c1-10',
    'ps -o pid= -p 1; ps -p 999999; echo $?; ps -axo command= | grep -c "^hastd"; pgrep -x nosuch; echo $?; pgrep -x init; pkill -x nosuch; echo $?; top -b 0 >/dev/null; echo $?',
  ),
};

const CONF = `cat >/etc/hast.conf <<'END'
resource disk0 {
	on hasta {
		local /dev/vtbd1
		remote 10.77.0.2
	}
	on hastb {
		local /dev/vtbd1
		remote 10.77.0.1
	}
}
END
sysrc hastd_enable=YES >/dev/null; hastctl create disk0; service hastd start >/dev/null; sleep 1`;

/** HAST and CARP, from nothing to a hand-made pair. */
const PAIR: Group = {
  name: 'pair',
  title: 'HAST and CARP by hand',
  cases: [
    ...quietly('hasta', CONF),
    ...quietly('hastb', CONF),
    ...on('hastb', 'hastctl role secondary disk0; echo $?; hastctl status'),
    ...on(
      'hasta',
      'hastctl role primary disk0; echo $?; sleep 3; hastctl status; hastctl list disk0; hastctl dump disk0',
    ),
    ...on(
      'hasta',
      'newfs -U -j /dev/hast/disk0 >/dev/null; echo $?; mkdir -p /hast/disk0; mount /dev/hast/disk0 /hast/disk0; echo $?; mount | grep hast; mount /dev/hast/disk0 /hast/disk0; echo $?',
    ),
    ...on(
      'hasta',
      'fuser -c /hast/disk0; echo $?; cd /hast/disk0; umount /hast/disk0; echo $?; cd /; sh -c "exec 3>/hast/disk0/open; umount /hast/disk0"; echo $?',
    ),
    ...on(
      'hasta',
      'fsck -p -t ufs /dev/hast/disk0; echo $?; umount /hast/disk0; echo $?; fsck -p -t ufs /dev/hast/disk0; echo $?; umount /hast/disk0; echo $?',
    ),
    ...on(
      'hasta',
      'hastctl role init disk0; echo $?; sleep 1; hastctl status; ls /dev/hast; echo $?; hastctl role primary disk0; sleep 3; hastctl list disk0 | grep -E "reads|writes|dirty|status"',
    ),
    ...on(
      'hastb',
      'hastctl status; hastctl list disk0 | grep queues; hastctl dump disk0 | grep -E "cnt|prevrole"',
    ),
    ...on(
      'hasta',
      'kldload -n carp; sysctl net.inet.carp.preempt=1; ifconfig vtnet1 vhid 1 advskew 100 pass parity alias 192.168.50.10/32; echo $?; ifconfig vtnet1 vhid 1 state master; echo $?; ifconfig vtnet1 | grep carp; sleep 5; ifconfig vtnet1 | grep -E "carp|vhid"',
    ),
    ...on(
      'hastb',
      'kldload -n carp; sysctl net.inet.carp.preempt=1; ifconfig vtnet1 vhid 1 advskew 200 pass parity alias 192.168.50.10/32; sleep 4; ifconfig vtnet1 | grep carp',
    ),
    ...on('hasta', 'ifconfig vtnet1 vhid 1 advskew 240; sleep 3; ifconfig vtnet1 | grep carp'),
    ...on(
      'hastb',
      'ifconfig vtnet1 | grep carp; ifconfig vtnet1 vhid 1 pass changed; echo $?; ifconfig vtnet1 | grep carp; sleep 4; ifconfig vtnet1 | grep carp',
    ),
    ...on(
      'hasta',
      'ifconfig vtnet1 | grep carp; ifconfig vtnet1 vhid 1 pass changed; sleep 5; ifconfig vtnet1 | grep carp; ifconfig vtnet1 vhid 1 advskew 100 pass changed alias 192.168.50.10/32; echo $?; ifconfig vtnet1 | grep carp; sleep 5; ifconfig vtnet1 | grep carp',
    ),
    ...on(
      'hasta',
      'ifconfig vtnet1 192.168.50.10 -alias; echo $?; ifconfig vtnet1 | grep carp; ifconfig vtnet1 192.168.50.10 -alias; echo $?; ifconfig vtnet1 vhid 300 pass x alias 192.168.50.10/32; echo $?',
    ),
    ...on('hastb', 'timeout 4 tcpdump -c 2 -l -n -i vtnet1 proto 112 2>/dev/null | sed "s/^[0-9:.]* //"'),
  ],
};

/** Pools on HAST, and what keeps them. */
const POOLS: Group = {
  name: 'pools',
  title: 'pools in use, and iSCSI',
  cases: on(
    'hasta',
    'kldload -n zfs; zpool create parity /dev/vtbd2; echo $?; zpool list -H -o name,health; zpool create parity /dev/vtbd2; echo $?; zpool create other /dev/vtbd2; echo $?',
    'zfs create parity/a; zfs create parity/a; echo $?; zfs list -H -o name,mounted; sh -c "exec 3>/parity/a/open; cd /parity/a; zpool export parity; echo \\$?; zpool export -f parity; echo \\$?"; zpool list -H -o name; ls /parity 2>/dev/null',
    'zpool import; echo $?; zpool import parity; echo $?; zpool import parity; echo $?; zpool import nosuch; echo $?',
    'zfs create -V 32m parity/vol; ls /dev/zvol/parity; sh -c "exec 3</dev/zvol/parity/vol; zpool export parity; echo \\$?; zpool export -f parity; echo \\$?"; zpool list -H -o name',
    'zpool destroy parity; echo $?; zpool destroy parity; echo $?; zpool list; echo $?; zpool labelclear -f /dev/vtbd2; echo $?',
    'kldload -n ctl; ctladm devlist; ctladm create -b block -o file=/dev/vtbd3 -l 0; ctladm devlist -v | grep -E "file|LUN|^ *0"; ctladm remove -b block -l 0; echo $?; service ctld onestatus; echo $?',
  ),
};

export const GROUPS: readonly Group[] = [TOOLS, SHELL, SYSTEM, PAIR, POOLS];
