#compdef hastconf
# hastconf completion for zsh: source <(hastconf completion zsh)
_hastconf_nodes() {
  local -a nodes all=(${(z)BUFFER})
  local place=${all[(i)(-f|--file)]}
  nodes=(${(f)"$(hastconf -f "${(Q)all[place+1]:-cluster.yaml}" completion nodes 2>/dev/null)"})
  compadd -a nodes
}
_hastconf() {
  local curcontext=$curcontext state line
  _arguments -C \
    '(-f --file)'{-f,--file}'[cluster file]: :_files' \
    '--json[it'\''s \[JSON\]\: print]' \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '1: :->command' \
    '*:: :->rest'
  local -a commands=(
    'apply:make it so\: now'
    'lab:group'
  )
  case $state in
    command) _describe -t commands 'hastconf command' commands ;;
    rest) case $words[1] in
      apply) _hastconf_apply ;;
      lab) _hastconf_lab ;;
    esac ;;
  esac
}
_hastconf_apply() {
  local curcontext=$curcontext state line
  _arguments -C \
    '(-o --output)'{-o,--output}'[directory]: :_files -/' \
    '--become[]: :(none su)' \
    '--preferred[the node that becomes primary first (default\: the first node)]: :_hastconf_nodes' \
    '--hast-checksum[of what is sent (default\: none)]: :(none crc32 sha256)' \
    '*--witness[a third machine that must answer, such as the default gateway; or none; replaces all that the file has]: :' \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '(-f --file)'{-f,--file}'[cluster file]: :_files' \
    '--json[it'\''s \[JSON\]\: print]' \
    '1: :_hastconf_nodes'
}
_hastconf_lab() {
  local curcontext=$curcontext state line
  _arguments -C \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '(-f --file)'{-f,--file}'[cluster file]: :_files' \
    '--json[it'\''s \[JSON\]\: print]' \
    '1: :->command' \
    '*:: :->rest'
  local -a commands=(
    'up:the lab'\''s start'
  )
  case $state in
    command) _describe -t commands 'hastconf lab command' commands ;;
    rest) case $words[1] in
      up) _hastconf_lab_up ;;
    esac ;;
  esac
}
_hastconf_lab_up() {
  local curcontext=$curcontext state line
  _arguments -C \
    '(-h --help)'{-h,--help}'[display help for command]' \
    '(-f --file)'{-f,--file}'[cluster file]: :_files' \
    '--json[it'\''s \[JSON\]\: print]'
}
if [[ $funcstack[1] == _hastconf ]]; then _hastconf "$@"; else compdef _hastconf hastconf; fi
