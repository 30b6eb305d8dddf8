/**
 * Text tools of this machine behind the manners of FreeBSD's, as recorded from 13.2 (test/parity/recorded/tools.txt):
 * options that FreeBSD's do not take are refused, and what they would do otherwise fails loudly.
 */
const refuse = (name: string) => `refuse() {
  case $1 in
    --) return ;;
    --*) echo "${name}: illegal option -- -" >&2; exit 1 ;;
  esac
}
loud() { echo "lab: not modelled: ${name} $*" >&2; exit 127; }
`;

/** -i takes an extension of its own; no escaped operators in basic expressions; the last line ends with a newline. */
const SED = `#!/bin/sh
${refuse('sed')}check() {
  case $extended$1 in
    -E*) ;;
    *'\\+'* | *'\\?'* | *'\\|'*) loud "$1" ;;
  esac
}
extended= given= left=$#
for word in "$@"; do case $word in -*[Er]*) extended=-E ;; esac; done
while [ "$left" -gt 0 ]; do
  word=$1 left=$((left - 1))
  shift
  case $word in
    --*) refuse "$word"; set -- "$@" --; break ;;
    -i) set -- "$@" "-i$1"; shift; left=$((left - 1)) ;;
    -i* | -) set -- "$@" "$word" ;;
    -*[sz]*) loud "$word" ;;
    -*e) check "$1"; given=1; set -- "$@" "$word" "$1"; shift; left=$((left - 1)) ;;
    -*f) given=1; set -- "$@" "$word" "$1"; shift; left=$((left - 1)) ;;
    -*) set -- "$@" "$word" ;;
    *) [ -n "$given" ] || check "$word"; given=1; set -- "$@" "$word" ;;
  esac
done
exec /.lab/gnu/sed "$@"
`;

/** Without a word on stdin FreeBSD's runs nothing. */
const XARGS = `#!/bin/sh
${refuse('xargs')}for word in "$@"; do
  case $word in
    -d* | -a*) loud "$*" ;;
    -*) refuse "$word" ;;
    *) break ;;
  esac
done
exec /.lab/gnu/xargs -r "$@"
`;

const HEAD = `#!/bin/sh
${refuse('head')}before=
for word in "$@"; do
  refuse "$word"
  case $before:$word in
    -n:-*) echo "head: illegal line count -- $word" >&2; exit 1 ;;
    -c:-*) echo "head: illegal byte count -- $word" >&2; exit 1 ;;
    *:-n-* | *:-c-*) loud "$*" ;;
  esac
  before=$word
done
exec /.lab/gnu/head "$@"
`;

/** Programs of this machine that nodes have behind these scripts. */
export const GNU_TOOLS = ['sed', 'xargs', 'head'] as const;

export const GNU_SCRIPTS: Readonly<Record<string, string>> = {
  '/usr/bin/sed': SED,
  '/usr/bin/xargs': XARGS,
  '/usr/bin/head': HEAD,
};
